package engine_test

import (
	"context"
	"testing"
	"time"

	_ "github.com/alkahest-go/alkahest/dialect/mysql/gosqldriver"
	_ "github.com/alkahest-go/alkahest/dialect/postgres/pgx"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/internal/testdb"
	"github.com/alkahest-go/alkahest/schema"
)

// onServers runs a test on each server.
func onServers(t *testing.T, f func(t *testing.T, e *engine.Engine)) {
	for name, url := range map[string]func(testing.TB) string{
		"PostgreSQL 15": testdb.PG15, "PostgreSQL 18": testdb.PG18, "MariaDB": testdb.MariaDB,
	} {
		t.Run(name, func(t *testing.T) { f(t, open(t, url(t))) })
	}
}

func open(t testing.TB, url string, opts ...engine.Option) *engine.Engine {
	t.Helper()
	e, err := engine.Open(t.Context(), url, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := e.Close(ctx); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return e
}

func TestInsertOnServers(t *testing.T) {
	for name, options := range map[string][]schema.Option{
		"generated":        nil,
		"sequence":         {schema.NewSequence("engine_s1", schema.Start(100))},
		"sequence by five": {schema.NewSequence("engine_s2", schema.Start(100), schema.Increment(5))},
		"falling sequence": {schema.NewSequence("engine_s3", schema.Start(-1), schema.Increment(-1))},
		"identity":         {schema.NewIdentity(schema.Start(10), schema.Increment(3))},
	} {
		t.Run(name, func(t *testing.T) {
			onServers(t, func(t *testing.T, e *engine.Engine) { testInserts(t, e, words(t, "engine_words", options...)) })
		})
	}
}

func TestInsertIntoAlwaysIdentity(t *testing.T) {
	testInserts(t, open(t, testdb.PG15(t)), words(t, "engine_always", schema.AlwaysIdentity()))
}

func TestDefaultsOnServers(t *testing.T) {
	onServers(t, func(t *testing.T, e *engine.Engine) { testDefaults(t, e, "engine_defaults") })
}

func TestWritesOnServers(t *testing.T) {
	onServers(t, func(t *testing.T, e *engine.Engine) { testWrites(t, e, "engine_writes") })
}
