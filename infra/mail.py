"""Mail: the SES configuration set that every message names, and the topic through which SES tells what became of it."""

from __future__ import annotations

from .intrinsics import Json, ref, resource, sub
from .stages import Stage

# Not DELIVERY: it would be one more event for each message, twice the cost of the feed, and nothing here needs it. SEND says
# that SES took the message, which settles it; what goes wrong later is told by BOUNCE and COMPLAINT.
_TOLD = ("send", "reject", "bounce", "complaint", "renderingFailure")


def mail(stage: Stage) -> Json:
    """Configuration set, feed topic and what joins them, by logical id.

    SES tries the topic when the destination is made, so the topic's policy must be there before it.
    """
    settings = {
        "Name": stage.stack,
        "ReputationOptions": {"ReputationMetricsEnabled": True},
        "SuppressionOptions": {"SuppressedReasons": ["BOUNCE", "COMPLAINT"]},
    }
    to = {"TopicARN": ref("FeedTopic")}
    told = {"Name": "feed", "Enabled": True, "MatchingEventTypes": list(_TOLD), "SnsDestination": to}
    destination = {"ConfigurationSetName": ref("MailSettings"), "EventDestination": told}
    return {
        "MailSettings": resource("AWS::SES::ConfigurationSet", settings),
        "FeedTopic": resource("AWS::SNS::Topic", {"DisplayName": f"Wellkept {stage.name}: what became of mails"}),
        "FeedTopicPolicy": _only_ses(stage),
        "MailFeed": resource("AWS::SES::ConfigurationSetEventDestination", destination, DependsOn="FeedTopicPolicy"),
    }


def _only_ses(stage: Stage) -> Json:
    """Whoever can publish here can close any buyer's address: only SES may, for this account and this configuration set."""
    ours = f"arn:${{AWS::Partition}}:ses:${{AWS::Region}}:${{AWS::AccountId}}:configuration-set/{stage.stack}"
    statement = {
        "Sid": "OnlySes",
        "Effect": "Allow",
        "Principal": {"Service": "ses.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": ref("FeedTopic"),
        "Condition": {"StringEquals": {"AWS:SourceAccount": ref("AWS::AccountId"), "AWS:SourceArn": sub(ours)}},
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    return resource("AWS::SNS::TopicPolicy", {"Topics": [ref("FeedTopic")], "PolicyDocument": policy})
