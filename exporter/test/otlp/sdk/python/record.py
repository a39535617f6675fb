"""Records with OpenTelemetry's SDK for Python what it is told; README.md in the folder above says how."""

import json
import sys

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricExportResult
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.metrics.view import ExponentialBucketHistogramAggregation, View


rounds = json.load(sys.stdin)
exporter = OTLPMetricExporter()
outcomes = []
send = exporter.export


def export(*args, **kwargs):
    """The reader tells nobody whether it could send: this does."""
    result = send(*args, **kwargs)
    outcomes.append("accepted" if result is MetricExportResult.SUCCESS else "failed: see the log")
    return result


exporter.export = export
exponential = {recording["name"] for each in rounds for recording in each if recording["kind"] == "exponential"}
provider = MeterProvider(
    metric_readers=[PeriodicExportingMetricReader(exporter)],
    views=[View(instrument_name=name, aggregation=ExponentialBucketHistogramAggregation()) for name in exponential],
)
meter = provider.get_meter("test")
instruments = {}


def instrument_of(recording):
    name = recording["name"]
    match recording["kind"]:
        case "counter":
            return meter.create_counter(name)
        case "upDownCounter":
            return meter.create_up_down_counter(name)
        case "gauge":
            return meter.create_gauge(name)
        case "histogram":
            return meter.create_histogram(name, explicit_bucket_boundaries_advisory=recording["bounds"])
        case "exponential":
            return meter.create_histogram(name)


def record(recording):
    name = recording["name"]
    if name not in instruments:
        instruments[name] = instrument_of(recording)
    instrument = instruments[name]
    match recording["kind"]:
        case "counter" | "upDownCounter":
            take = instrument.add
        case "gauge":
            take = instrument.set
        case _:
            take = instrument.record
    take(recording["value"], recording["attributes"])


for i, each in enumerate(rounds):
    for recording in each:
        record(recording)
    outcomes.clear()
    if i == len(rounds) - 1:
        provider.shutdown()
    else:
        provider.force_flush()
    print(outcomes[-1] if outcomes else "nothing sent", flush=True)
