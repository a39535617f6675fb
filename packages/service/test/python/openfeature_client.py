"""Evaluates a flag with OpenFeature's SDK: URL, flag, users."""

import json
import sys

from openfeature import api
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext

url, flag, users = sys.argv[1:4]
api.set_provider(OFREPProvider(base_url=url))
client = api.get_client()
details = [client.get_string_details(flag, "none", EvaluationContext(user)) for user in users.split(",")]
unknown = client.get_string_details("nowhere", "none", EvaluationContext("ann"))
print(
    json.dumps(
        {
            "values": [each.value for each in details],
            "variants": [each.variant for each in details],
            "reasons": sorted({str(each.reason) for each in details}),
            "unknown": [unknown.value, unknown.error_code.value],
        }
    )
)
