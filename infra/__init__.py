"""Everything around the functions: template, package, deploy, the local stack and the operator's commands."""
