package otel_test

import (
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	_ "github.com/alkahest-go/alkahest/dialect/mysql/gosqldriver"
	_ "github.com/alkahest-go/alkahest/dialect/postgres/pgx"
	_ "github.com/alkahest-go/alkahest/dialect/sqlite/modernc"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/testdb"
	"github.com/alkahest-go/alkahest/otel"
)

func databases(t *testing.T, f func(t *testing.T, e *engine.Engine)) {
	for name, url := range map[string]func(testing.TB) string{
		"SQLite": func(testing.TB) string { return "sqlite://" }, "PostgreSQL 15": testdb.PG15, "PostgreSQL 18": testdb.PG18, "MariaDB": testdb.MariaDB,
	} {
		t.Run(name, func(t *testing.T) {
			e, err := engine.Open(t.Context(), url(t))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { e.Close(t.Context()) })
			f(t, e)
		})
	}
}

// selectWord has a value, which must not be told.
func selectWord(t *testing.T, e engine.Executor) {
	t.Helper()
	if got, err := engine.Scalar[string](t.Context(), e, expr.NewSelect(expr.Value("secret"))); got != "secret" || err != nil {
		t.Fatalf("got %q, %v", got, err)
	}
}

func attributes(s tracetest.SpanStub) map[string]string {
	m := map[string]string{}
	for _, a := range s.Attributes {
		m[string(a.Key)] = a.Value.String()
	}
	return m
}

func TestSpansOfStatements(t *testing.T) {
	databases(t, func(t *testing.T, e *engine.Engine) {
		spans := tracetest.NewInMemoryExporter()
		provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))
		stop, err := otel.Instrument(e, otel.Options{Tracer: provider, Attributes: []attribute.KeyValue{attribute.String("app", "shop")}})
		if err != nil {
			t.Fatal(err)
		}
		ctx, parent := provider.Tracer("test").Start(t.Context(), "request")
		tx, err := e.Begin(ctx, engine.TxOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := engine.Scalar[string](ctx, tx, expr.NewSelect(expr.Value("secret"))); err != nil {
			t.Fatal(err)
		}
		if err := tx.Commit(ctx); err != nil {
			t.Fatal(err)
		}
		if _, err := e.Exec(ctx, expr.SQL("SELEKT 1")); err == nil {
			t.Fatal("got no error for what is no SQL")
		}
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		selectWord(t, e) // is not told any more
		got := spans.GetSpans()
		if len(got) != 3 {
			t.Fatalf("got %d spans, want SELECT, COMMIT and SELEKT", len(got))
		}
		for i, want := range []string{"SELECT", "COMMIT", "SELEKT"} {
			s, a := got[i], attributes(got[i])
			failed := want == "SELEKT"
			if s.Name != want || s.Parent.SpanID() != parent.SpanContext().SpanID() || (s.Status.Code == codes.Error) != failed || (a["error.type"] != "") != failed {
				t.Errorf("got the span %+v, want %s below the request", s, want)
			}
			if a["db.system.name"] != e.Dialect().Name() || a["app"] != "shop" || !strings.HasPrefix(a["db.query.text"], want) || a["db.operation.name"] != want {
				t.Errorf("%s: got the attributes %v", want, a)
			}
			if s.EndTime.Before(s.StartTime) || strings.Contains(a["db.query.text"]+s.Status.Description, "secret") {
				t.Errorf("%s: got the span %+v", want, s)
			}
		}
	})
}

func TestMetricsOfTheEngine(t *testing.T) {
	databases(t, func(t *testing.T, e *engine.Engine) {
		reader := sdkmetric.NewManualReader()
		stop, err := otel.Instrument(e, otel.Options{Meter: sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))})
		if err != nil {
			t.Fatal(err)
		}
		selectWord(t, e)
		c, err := e.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var told metricdata.ResourceMetrics
		if err := reader.Collect(t.Context(), &told); err != nil {
			t.Fatal(err)
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		counts, used := map[string]uint64{}, int64(-1)
		for _, m := range told.ScopeMetrics[0].Metrics {
			switch data := m.Data.(type) {
			case metricdata.Histogram[float64]:
				for _, p := range data.DataPoints {
					counts[m.Name] += p.Count
				}
			case metricdata.Sum[int64]:
				for _, p := range data.DataPoints {
					if state, _ := p.Attributes.Value("db.client.connection.state"); state.AsString() == "used" {
						used = p.Value
					}
				}
			}
		}
		if counts["db.client.operation.duration"] != 1 || counts["db.client.connection.create_time"] != 1 || counts["db.client.connection.wait_time"] != 2 || used != 1 {
			t.Errorf("got the counts %v and %d connections in use, want one statement, one connection, lent twice, and in use", counts, used)
		}
		if err := stop(); err != nil {
			t.Fatal(err)
		}
	})
}
