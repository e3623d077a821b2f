// Package otel tells OpenTelemetry what an engine does: a span for each
// statement, COMMIT and ROLLBACK, and metrics of statements and of the pool, by
// the semantic conventions for databases
// (https://opentelemetry.io/docs/specs/semconv/database/). It knows the events of
// an engine, and nothing of what statements mean. Values are never told.
package otel

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	otelapi "go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/sqlerr"
)

const scope = "github.com/alkahest-go/alkahest/otel"

// Options say where to tell. The zero value tells the global providers.
type Options struct {
	Tracer trace.TracerProvider // the global one if nil
	Meter  metric.MeterProvider // the global one if nil
	// WithoutText leaves the statements' texts out of the spans.
	WithoutText bool
	// Attributes are added to everything, such as a name of the database.
	Attributes []attribute.KeyValue
}

// Instrument tells OpenTelemetry what the engine does from now on, until stop
// is called.
func Instrument(e *engine.Engine, o Options) (stop func() error, err error) {
	if o.Tracer == nil {
		o.Tracer = otelapi.GetTracerProvider()
	}
	if o.Meter == nil {
		o.Meter = otelapi.GetMeterProvider()
	}
	t := &teller{tracer: o.Tracer.Tracer(scope), withoutText: o.WithoutText, common: append(engineAttributes(e), o.Attributes...)}
	observed, err := t.instruments(o.Meter.Meter(scope), e)
	if err != nil {
		return nil, fmt.Errorf("otel: %w", err)
	}
	remove := e.Listen(&engine.Events{After: t.statement, Connect: t.connect, Checkout: t.checkout})
	return func() error {
		remove()
		if err := observed.Unregister(); err != nil {
			return fmt.Errorf("otel: %w", err)
		}
		return nil
	}, nil
}

// engineAttributes name the database, without any secret.
func engineAttributes(e *engine.Engine) []attribute.KeyValue {
	list := []attribute.KeyValue{attribute.String("db.system.name", e.Dialect().Name())}
	if u := e.URL(); u != nil {
		if u.Database() != "" {
			list = append(list, attribute.String("db.namespace", u.Database()))
		}
		if host := u.Host(); host.Name != "" {
			list = append(list, attribute.String("server.address", host.Name))
		}
	}
	return list
}

// teller holds the instruments of one engine.
type teller struct {
	tracer      trace.Tracer
	withoutText bool
	common      []attribute.KeyValue

	duration, rows, create, wait metric.Float64Histogram
}

func (t *teller) instruments(m metric.Meter, e *engine.Engine) (metric.Registration, error) {
	var errs []error
	histogram := func(name, unit, what string) metric.Float64Histogram {
		h, err := m.Float64Histogram(name, metric.WithUnit(unit), metric.WithDescription(what))
		errs = append(errs, err)
		return h
	}
	t.duration = histogram("db.client.operation.duration", "s", "Duration of statements")
	t.rows = histogram("db.client.response.returned_rows", "{row}", "Rows that statements have read or matched")
	t.create = histogram("db.client.connection.create_time", "s", "Time to make a connection")
	t.wait = histogram("db.client.connection.wait_time", "s", "Time until a connection was lent")
	connections, err := m.Int64ObservableUpDownCounter("db.client.connection.count", metric.WithUnit("{connection}"),
		metric.WithDescription("Connections in use and idle"))
	errs = append(errs, err)
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	used, idle := t.with(attribute.String("db.client.connection.state", "used")), t.with(attribute.String("db.client.connection.state", "idle"))
	return m.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		s := e.Stats()
		o.ObserveInt64(connections, int64(s.InUse), metric.WithAttributes(used...))
		o.ObserveInt64(connections, int64(s.Idle), metric.WithAttributes(idle...))
		return nil
	}, connections)
}

func (t *teller) with(more ...attribute.KeyValue) []attribute.KeyValue {
	return append(append([]attribute.KeyValue(nil), t.common...), more...)
}

// statement tells of a statement that has ended: the span begins in the past.
func (t *teller) statement(ctx context.Context, x *engine.Execution) {
	name := operation(x.SQL)
	attrs := t.with(attribute.String("db.operation.name", name))
	if x.Err != nil {
		attrs = append(attrs, attribute.String("error.type", errorType(x.Err)))
	}
	t.duration.Record(ctx, x.Duration.Seconds(), metric.WithAttributes(attrs...))
	if x.Rows >= 0 {
		t.rows.Record(ctx, float64(x.Rows), metric.WithAttributes(attrs...))
	}
	end := time.Now()
	_, span := t.tracer.Start(ctx, name, trace.WithSpanKind(trace.SpanKindClient), trace.WithTimestamp(end.Add(-x.Duration)), trace.WithAttributes(attrs...))
	if !span.IsRecording() {
		span.End()
		return
	}
	if !t.withoutText {
		span.SetAttributes(attribute.String("db.query.text", x.SQL))
	}
	if x.Times > 1 {
		span.SetAttributes(attribute.Int("db.operation.batch.size", x.Times))
	}
	if x.Name != "" {
		span.SetAttributes(attribute.String("db.query.summary", x.Name))
	}
	if x.Rows >= 0 {
		span.SetAttributes(attribute.Int64("db.response.returned_rows", x.Rows))
	}
	if x.Err != nil {
		span.SetStatus(codes.Error, errorType(x.Err)) // the message may hold values
	}
	span.End(trace.WithTimestamp(end))
}

func (t *teller) connect(ctx context.Context, took time.Duration, err error) {
	attrs := t.common
	if err != nil {
		attrs = t.with(attribute.String("error.type", errorType(err)))
	}
	t.create.Record(ctx, took.Seconds(), metric.WithAttributes(attrs...))
}

func (t *teller) checkout(ctx context.Context, waited time.Duration) {
	t.wait.Record(ctx, waited.Seconds(), metric.WithAttributes(t.common...))
}

// operation is the first word of a text, in capitals.
func operation(sql string) string {
	sql = strings.TrimLeft(sql, " \t\r\n(")
	end := strings.IndexFunc(sql, func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '_' })
	if end < 0 {
		end = len(sql)
	}
	return strings.ToUpper(sql[:end])
}

// errorType is what kind of error it is, of a small number of words.
func errorType(err error) string {
	var constraint *sqlerr.ConstraintError
	switch {
	case errors.Is(err, sqlerr.ErrOutcomeUnknown):
		return "outcome_unknown"
	case errors.Is(err, sqlerr.ErrConnectionLost):
		return "connection_lost"
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return "canceled"
	case errors.Is(err, sqlerr.ErrDeadlock):
		return "deadlock"
	case errors.Is(err, sqlerr.ErrSerialization):
		return "serialization"
	case errors.Is(err, sqlerr.ErrLockTimeout):
		return "lock_timeout"
	case errors.As(err, &constraint):
		return "constraint"
	}
	var other *sqlerr.DatabaseError
	if errors.As(err, &other) && other.Code != "" {
		return other.Code
	}
	return "other"
}
