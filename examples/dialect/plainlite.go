// Package plainlite is an example of a dialect outside the library's tree. Its
// product is a fork of SQLite that stayed behind: without FULL JOIN, NULLS
// FIRST, FILTER and named windows. That it runs on SQLite itself, whose driver
// it takes, is what makes it an example.
//
// It knows what its product does otherwise than the one from which it is
// derived; a dialect of a product of its own begins with compile.Base instead.
package plainlite

import (
	"context"
	"errors"
	"fmt"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/dialect/sqlite"
	"github.com/alkahest-go/alkahest/dialect/sqlite/moderncsql"
	"github.com/alkahest-go/alkahest/dialect/sqlite/storage"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/sqltype"
)

const name = "plainlite"

// Dialect is plainlite.
var Dialect dialect.Dialect = plainlite{sqlite.Dialect}

type plainlite struct{ dialect.Dialect }

// Name implements dialect.Dialect.
func (plainlite) Name() string { return name }

// Probe implements dialect.Dialect.
func (p plainlite) Probe(ctx context.Context, q dialect.Querier) (dialect.Capabilities, error) {
	c, err := p.Dialect.Probe(ctx, q)
	if err != nil {
		return c, fmt.Errorf("plainlite: %w", err)
	}
	c.Product = "Plainlite"
	return c, nil
}

// Rules implements dialect.Dialect.
func (p plainlite) Rules(c dialect.Capabilities) *compile.Rules {
	r := *p.Dialect.Rules(c)
	r.Dialect, r.Parent = name, r.Dialect
	r.FullJoin = false
	r.NullsOrder = false
	r.Query.Filter = false
	r.Query.NamedWindows = false
	typeName := r.TypeName
	r.TypeName = func(t sqltype.Type) (string, error) {
		text, err := typeName(t)
		return text, own(err)
	}
	return &r
}

// own returns a refusal of SQLite's as one of this product's.
func own(err error) error {
	var refused *compile.UnsupportedError
	if !errors.As(err, &refused) {
		return err
	}
	return &compile.UnsupportedError{Construct: refused.Construct, Dialect: name, Instead: refused.Instead}
}

// Begin implements dialect.Dialect.
func (p plainlite) Begin(c dialect.Capabilities, o dialect.TxOptions) ([]string, error) {
	statements, err := p.Dialect.Begin(c, o)
	return statements, own(err)
}

// Open returns an engine over a database file, or over memory where file is
// ":memory:".
func Open(file string, o engine.Options) (*engine.Engine, error) {
	connector, err := moderncsql.New(storage.Config{Path: file})
	if err != nil {
		return nil, fmt.Errorf("plainlite: %w", err)
	}
	return engine.New(Dialect, connector, o), nil
}
