"""A ticket service with one LLM call and a fallback, instrumented by one library: what the captures record.

    python app.py LIBRARY SCENARIO

LIBRARY is otel-v2, openllmetry or openinference. OPENAI_BASE_URL names the provider, OTEL_EXPORTER_OTLP_ENDPOINT takes the spans.
The provider answers by SCENARIO (see capture.ts); the app is the same in all of them.
"""

import os
import sys

import openai
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, StatusCode
from pydantic import BaseModel, ValidationError

PRIMARY, FALLBACK = "gpt-5", "gpt-4.1-mini"
MESSAGES = [
    {"role": "system", "content": "You summarise support tickets in one sentence."},
    {"role": "user", "content": "Ticket 4711: My invoice 2026-118 shows the wrong VAT number."},
]


class Ticket(BaseModel):
    summary: str
    priority: int


class WithoutPaths(OTLPSpanExporter):
    """Stack traces name no folder of the machine: the app and its packages stand under /app."""

    def export(self, spans):
        places = [(sys.prefix, "/app/venv"), (os.path.dirname(os.path.abspath(__file__)), "/app"), (sys.base_prefix, "/python")]
        for span in spans:
            for event in span.events:
                attributes = dict(event.attributes)
                for key, value in attributes.items():
                    for place, shown in places:
                        value = value.replace(place, shown) if isinstance(value, str) else value
                    attributes[key] = value
                event._attributes = attributes
        return super().export(spans)


def instrument(library):
    if library == "otel-v2":
        from opentelemetry.instrumentation.openai_v2 import OpenAIInstrumentor
    elif library == "openllmetry":
        from opentelemetry.instrumentation.openai import OpenAIInstrumentor
    else:
        from openinference.instrumentation.openai import OpenAIInstrumentor
    OpenAIInstrumentor().instrument()


def call(client, model, scenario):
    if scenario.startswith("4-"):
        return client.chat.completions.parse(model=model, messages=MESSAGES, response_format=Ticket)
    if scenario.startswith("5-"):
        stream = client.chat.completions.create(
            model=model, messages=MESSAGES, stream=True, stream_options={"include_usage": True}
        )
        return [chunk for chunk in stream]
    return client.chat.completions.create(model=model, messages=MESSAGES)


def main(library, scenario):
    resource = Resource(
        {"service.name": "support-api", "service.namespace": "acme", "deployment.environment.name": "prod"}
    )
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(WithoutPaths()))
    trace.set_tracer_provider(provider)
    instrument(library)
    client = openai.OpenAI(api_key="none", max_retries=1)
    with trace.get_tracer("app").start_as_current_span("POST /tickets", kind=SpanKind.SERVER) as span:
        try:
            call(client, PRIMARY, scenario)
        except openai.APIError:
            try:
                call(client, FALLBACK, scenario)
            except (openai.APIError, ValidationError):
                span.set_status(StatusCode.ERROR)
    provider.shutdown()


main(*sys.argv[1:])
