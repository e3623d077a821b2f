package otel_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/otel"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/web"
)

func TestMetricsOfRequests(t *testing.T) {
	e, err := engine.Open(t.Context(), "sqlite://")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close(t.Context()) })
	reader := sdkmetric.NewManualReader()
	var metrics web.Metrics
	o := otel.Options{Meter: sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)), Attributes: []attribute.KeyValue{attribute.String("app", "shop")}}
	if err := otel.InstrumentWeb(&metrics, o); err != nil {
		t.Fatal(err)
	}
	runs := 0
	h := web.New(e, web.Options{Metrics: &metrics}).Handle(func(_ http.ResponseWriter, r *http.Request, s *orm.Session) error {
		tx, err := s.Tx(r.Context())
		if err != nil {
			return err
		}
		if _, err := engine.Scalar[string](r.Context(), tx, expr.NewSelect(expr.Value("secret"))); err != nil {
			return err
		}
		if runs++; runs == 1 {
			return sqlerr.ErrSerialization
		}
		return nil
	})
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("PUT", "/", nil))
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("BREW", "/", nil))
	var all metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, m := range all.ScopeMetrics[0].Metrics {
		switch data := m.Data.(type) {
		case metricdata.Histogram[float64]:
			seen[m.Name] = len(data.DataPoints)
		case metricdata.Histogram[int64]:
			for _, p := range data.DataPoints {
				method, _ := p.Attributes.Value("http.request.method")
				outcome, _ := p.Attributes.Value("outcome")
				app, _ := p.Attributes.Value("app")
				seen[m.Name+" "+method.AsString()+" "+outcome.AsString()+" "+app.AsString()] = int(p.Sum)
			}
		case metricdata.Sum[int64]:
			seen[m.Name] = int(data.DataPoints[0].Value)
		}
	}
	for name, want := range map[string]int{
		"alkahest.web.request.duration": 2, "alkahest.web.request.statements PUT committed shop": 2, "alkahest.web.request.statements _OTHER committed shop": 1,
		"alkahest.web.request.repeats": 1, "alkahest.web.active_requests": 0,
	} {
		if got, ok := seen[name]; !ok || got != want {
			t.Errorf("%s: got %d (%v), want %d: %v", name, got, ok, want, seen)
		}
	}
}
