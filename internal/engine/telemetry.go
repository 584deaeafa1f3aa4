package engine

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	noopmetric "go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/trace"
	nooptrace "go.opentelemetry.io/otel/trace/noop"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// The names under which calls are told of. Users build on them: they don't change.
// Package driver/docker documents them.
const (
	scopeName = "github.com/dockerhv/dockerhv"

	driverDuration = "dockerhv.driver.duration"
	apiDuration    = "dockerhv.api.duration"

	attrHost      = "dockerhv.host"
	attrOperation = "dockerhv.operation"
	attrInstance  = "dockerhv.instance"
	attrAttempt   = "dockerhv.attempt"
	attrOutcome   = "error.type" // OpenTelemetry's name; absent when all is well
	attrStatus    = "http.response.status_code"
)

// Telemetry says who is told of calls; a nil field tells nobody.
type Telemetry struct {
	Logger         *slog.Logger
	TracerProvider trace.TracerProvider
	MeterProvider  metric.MeterProvider
}

// observer tells of the calls of one host. Make it with newObserver.
type observer struct {
	host   string
	logger *slog.Logger
	tracer trace.Tracer
	driver metric.Float64Histogram
	api    metric.Float64Histogram
}

func newObserver(host string, t Telemetry) (*observer, error) {
	if t.TracerProvider == nil {
		t.TracerProvider = nooptrace.NewTracerProvider()
	}
	if t.MeterProvider == nil {
		t.MeterProvider = noopmetric.NewMeterProvider()
	}
	if t.Logger == nil {
		t.Logger = slog.New(slog.DiscardHandler)
	}
	meter := t.MeterProvider.Meter(scopeName)
	histogram := func(name, what string) (metric.Float64Histogram, error) {
		return meter.Float64Histogram(name, metric.WithUnit("s"), metric.WithDescription(what))
	}
	o := &observer{host: host, logger: t.Logger, tracer: t.TracerProvider.Tracer(scopeName)}
	var err error
	if o.driver, err = histogram(driverDuration, "How long calls of the driver take."); err != nil {
		return nil, err
	}
	o.api, err = histogram(apiDuration, "How long the engine takes to answer calls of its API.")
	return o, err
}

// driverCall begins to observe a call of the driver. Its API calls nest in it when
// they get the context.
func (o *observer) driverCall(ctx context.Context, operation, id string) (context.Context, func(outcome string)) {
	attributes := o.attributes(ctx, operation)
	spanAttributes := attributes
	if id != "" {
		spanAttributes = append(slices.Clip(attributes), attribute.String(attrInstance, id))
	}
	begun := time.Now()
	ctx, span := o.tracer.Start(ctx, operation, trace.WithAttributes(spanAttributes...))
	return ctx, func(outcome string) {
		o.end(ctx, span, o.driver, time.Since(begun), outcome, attributes)
	}
}

// apiCall begins to observe a call of the engine's API. It ends with the answer's
// head; status is 0 where there is none.
func (o *observer) apiCall(ctx context.Context, operation string) (context.Context, func(outcome string, status int)) {
	attributes := o.attributes(ctx, operation)
	begun := time.Now()
	ctx, span := o.tracer.Start(ctx, operation, trace.WithAttributes(attributes...), trace.WithSpanKind(trace.SpanKindClient))
	return ctx, func(outcome string, status int) {
		took := time.Since(begun)
		if status != 0 {
			span.SetAttributes(attribute.Int(attrStatus, status))
		}
		o.end(ctx, span, o.api, took, outcome, attributes)
		o.logger.LogAttrs(ctx, slog.LevelDebug, "api call",
			slog.String("host", o.host), slog.String("operation", operation), slog.Int("attempt", driver.Attempt(ctx)),
			slog.Int("status", status), slog.Duration("duration", took), slog.String("outcome", outcome))
	}
}

func (o *observer) attributes(ctx context.Context, operation string) []attribute.KeyValue {
	return []attribute.KeyValue{
		attribute.String(attrHost, o.host), attribute.String(attrOperation, operation),
		attribute.Int(attrAttempt, driver.Attempt(ctx)),
	}
}

func (o *observer) end(
	ctx context.Context, span trace.Span, durations metric.Float64Histogram, took time.Duration,
	outcome string, attributes []attribute.KeyValue,
) {
	if outcome != dockerhv.OutcomeOK {
		class := attribute.String(attrOutcome, outcome)
		span.SetAttributes(class)
		span.SetStatus(codes.Error, outcome) // never an error's text: the class is enough to find it
		attributes = append(slices.Clip(attributes), class)
	}
	durations.Record(ctx, took.Seconds(), metric.WithAttributes(attributes...))
	span.End()
}
