"""Table of contents of everything AWS triggers: a decorator and one line each. Imports chalice and the wiring, nothing more.

Which step a function serves stands in its environment (WELLKEPT_STEP); `wiring` imports that one while the function starts.
The queue and stream settings that a decorator cannot say, roles, layers and the HTTP API are added by infra/template.py.
"""

from chalice import Chalice, Rate

from chalicelib import web, wiring

app = Chalice(app_name="wellkept", configure_logs=False)
app.api.binary_types = ["*/*"]
http = web.http_api(app)  # the handler of both functions behind the HTTP API: WebhookHandler and APIHandler
web.console_routes(app)


@app.route("/webhooks/{platform}/{shop}", methods=["GET", "HEAD", "POST"], content_types=["*/*"])
def webhook(platform: str, shop: str):
    return web.reply(wiring.step("receive"), web.webhook(app.current_request, platform, shop))


@app.route("/webhooks/{platform}/{shop}/{token}", methods=["GET", "HEAD", "POST"], content_types=["*/*"])
def unsigned_webhook(platform: str, shop: str, token: str):
    return web.reply(wiring.step("receive"), web.webhook(app.current_request, platform, shop, token))


@app.route("/unsubscribe/{token}", methods=["GET", "HEAD", "POST"], content_types=["*/*"])
def unsubscribe(token: str):
    return web.unsubscribe(wiring.step("unsubscribe"), app.current_request, token)


@app.on_dynamodb_record(stream_arn={"Fn::GetAtt": ["EventsTable", "StreamArn"]}, batch_size=100)
def react(event):
    return wiring.step("react")(web.records(event))


@app.on_dynamodb_record(stream_arn={"Fn::GetAtt": ["OrdersTable", "StreamArn"]}, batch_size=100)
def land(event):
    return wiring.step("land")(web.records(event))


@app.on_sqs_message(queue_arn={"Fn::GetAtt": ["RetryQueue", "Arn"]}, batch_size=10)
def retry(event):
    return wiring.step("retry")(web.records(event))


@app.on_sqs_message(queue_arn={"Fn::GetAtt": ["WorkQueue", "Arn"]}, batch_size=10)
def perform(event):
    return wiring.step("perform")(web.records(event))


@app.on_sqs_message(queue_arn={"Fn::GetAtt": ["ErrandQueue", "Arn"]}, batch_size=5)
def errands(event):
    return wiring.step("errands")(web.records(event))


@app.on_sqs_message(queue_arn={"Fn::GetAtt": ["WordsQueue", "Arn"]}, batch_size=10)
def words(event):
    return wiring.step("words")(web.records(event))


@app.on_sqs_message(queue_arn={"Fn::GetAtt": ["InboxQueue", "Arn"]}, batch_size=10)
def inbox(event):
    return wiring.step("inbox")(web.records(event))


@app.on_sqs_message(queue_arn={"Fn::GetAtt": ["ImportQueue", "Arn"]}, batch_size=1)
def loader(event):
    return wiring.step("loader")(web.records(event))


@app.on_sns_message(topic="FeedTopic")
def feed(event):
    return wiring.step("feed")(web.records(event))


@app.schedule(Rate(1, unit=Rate.MINUTES))
def sweep(event):
    return wiring.step("sweep")(event.to_dict())


@app.schedule(Rate(15, unit=Rate.MINUTES))
def reconcile(event):
    return wiring.step("reconcile")(event.to_dict())


@app.schedule(Rate(15, unit=Rate.MINUTES))
def merge(event):
    return wiring.step("merge")(event.to_dict())


@app.schedule(Rate(1, unit=Rate.DAYS))
def forget(event):
    return wiring.step("forget")(event.to_dict())


wiring.warm()
