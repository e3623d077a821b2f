// Package alkahest opens databases. An engine from Open runs statements of
// package expr; sessions of package orm run over it.
//
// It knows the engine and gives short names to what every program uses. It
// links no database driver: a program imports the one that it wants, such as
//
//	import _ "github.com/alkahest-go/alkahest/dialect/sqlite/modernc"
package alkahest

import (
	"context"

	"github.com/alkahest-go/alkahest/engine"
)

type (
	// Engine is one database: its pool of connections and its caches.
	Engine = engine.Engine
	// Option changes the options with which an engine is opened.
	Option = engine.Option
	// Options say how an engine works.
	Options = engine.Options
	// TxOptions say how a transaction begins.
	TxOptions = engine.TxOptions
)

// Open returns the engine of a URL such as sqlite:///file.db,
// postgresql://user:password@host:5432/database or mysql://user@host/database.
// It connects at the first use; what is wrong with the URL is said at once,
// also which import is missing where the URL's driver is not linked in.
func Open(ctx context.Context, url string, opts ...Option) (*Engine, error) {
	return engine.Open(ctx, url, opts...)
}
