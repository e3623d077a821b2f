package pgx

import (
	"strings"

	upstream "github.com/jackc/pgx/v5"

	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/dialect/postgres"
	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/engine"
)

func init() {
	for _, scheme := range []string{"postgresql", "postgres", "postgresql+pgx", "postgres+pgx"} {
		engine.Register(scheme, fromURL)
	}
}

func fromURL(u *engine.URL, _ *engine.Options) (dialect.Dialect, driver.Connector, error) {
	_, rest, _ := strings.Cut(u.Reveal(), "://")
	cfg, err := ParseConfig("postgresql://"+rest, upstream.ParseConfigOptions{})
	if err != nil {
		return nil, nil, err
	}
	if cfg.PgBouncer {
		return postgres.Pooled, New(cfg), nil
	}
	return postgres.Dialect, New(cfg), nil
}
