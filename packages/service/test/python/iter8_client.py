"""Calls the service with a stub generated from a proto file: address, folder of the stub, its name, method, application, user."""

import importlib
import json
import sys

import grpc

address, folder, name, application, users = sys.argv[1:6]
sys.path.insert(0, folder)
messages = importlib.import_module(f"{name}_pb2")
stubs = importlib.import_module(f"{name}_pb2_grpc")

with grpc.insecure_channel(address) as channel:
    stub = stubs.ABNStub(channel)
    answers = []
    for user in users.split(","):
        answer = stub.Lookup(messages.Application(name=application, user=user), timeout=30)
        answers.append(answer.track if name == "iter8_0_13" else answer.versionNumber)
        stub.WriteMetric(
            messages.MetricValue(name="spent", value="2.5", application=application, user=user), timeout=30
        )
    try:
        stub.Lookup(messages.Application(name="nowhere", user="ann"), timeout=30)
        refusal = "none"
    except grpc.RpcError as error:
        refusal = error.code().name
    print(json.dumps({"answers": answers, "refusal": refusal}))
