"""A local server that speaks the platforms' own APIs from their documentation: signing checked, limits kept, faults on demand.

The functions on the laptop and the tests call it instead of the platforms. One module a platform, as in chalicelib/platforms:
HOSTS (the real hosts it stands for), DEMO (the credentials it knows: "secret" and the names of the adapter's SETUP), LIMIT
(calls a second, burst) and `answer(call, world)`. What it knows of orders and returns is worlds/<platform>.json.
"""
