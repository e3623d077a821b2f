package otel

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	otelapi "go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/alkahest-go/alkahest/web"
)

// InstrumentWeb tells OpenTelemetry of the requests that m counts from now on:
// alkahest.web.request.duration and alkahest.web.request.statements, by outcome,
// method and status, alkahest.web.request.repeats and, once asked for,
// alkahest.web.active_requests. Of o only Meter and Attributes count.
func InstrumentWeb(m *web.Metrics, o Options) error {
	if o.Meter == nil {
		o.Meter = otelapi.GetMeterProvider()
	}
	meter := o.Meter.Meter(scope)
	duration, err1 := meter.Float64Histogram("alkahest.web.request.duration", metric.WithUnit("s"), metric.WithDescription("Duration of requests"))
	statements, err2 := meter.Int64Histogram("alkahest.web.request.statements", metric.WithUnit("{statement}"), metric.WithDescription("Statements of requests"))
	repeats, err3 := meter.Int64Counter("alkahest.web.request.repeats", metric.WithUnit("{run}"), metric.WithDescription("Runs of handlers beyond the first"))
	active, err4 := meter.Int64ObservableUpDownCounter("alkahest.web.active_requests", metric.WithUnit("{request}"), metric.WithDescription("Requests that run now"))
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return fmt.Errorf("otel: %w", err)
	}
	common := metric.WithAttributes(o.Attributes...)
	_, err := meter.RegisterCallback(func(_ context.Context, to metric.Observer) error {
		to.ObserveInt64(active, int64(m.Counts().Active), common)
		return nil
	}, active)
	if err != nil {
		return fmt.Errorf("otel: %w", err)
	}
	m.Listen(func(ctx context.Context, f web.Finished) {
		attrs := metric.WithAttributes(append(append([]attribute.KeyValue(nil), o.Attributes...), requestAttributes(f)...)...)
		duration.Record(ctx, f.Duration.Seconds(), attrs)
		statements.Record(ctx, int64(f.Statements), attrs)
		if f.Attempts > 1 {
			repeats.Add(ctx, int64(f.Attempts-1), attrs)
		}
	})
	return nil
}

// requestAttributes are of few values each. A method that a client has made up is
// _OTHER, as the semantic conventions for HTTP ask.
func requestAttributes(f web.Finished) []attribute.KeyValue {
	method := "_OTHER"
	switch f.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodConnect, http.MethodOptions, http.MethodTrace:
		method = f.Method
	}
	return []attribute.KeyValue{
		attribute.String("outcome", f.Outcome.String()),
		attribute.String("http.request.method", method),
		attribute.Int("http.response.status_code", f.Status),
	}
}
