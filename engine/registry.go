package engine

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/driver"
)

// Opener makes what an engine needs from a URL. It does not connect. It
// refuses what it does not understand, in words that hold no secret. An engine
// with a BeforeConnect hook calls it again for each URL that the hook returns.
type Opener func(u *URL, o *Options) (dialect.Dialect, driver.Connector, error)

var registry = struct {
	sync.RWMutex
	openers map[string]Opener
}{openers: map[string]Opener{}}

const module = "github.com/alkahest-go/alkahest/"

// imports are the packages that register the common schemes.
var imports = map[string]string{
	"sqlite":     module + "dialect/sqlite/modernc",
	"postgresql": module + "dialect/postgres/pgx",
	"postgres":   module + "dialect/postgres/pgx",
	"mysql":      module + "dialect/mysql/gosqldriver",
	"mariadb":    module + "dialect/mysql/gosqldriver",
}

// Register makes URLs of the scheme, such as "sqlite" or "sqlite+modernc",
// known to Open. It is called by the init function of a glue package, and
// panics for a scheme that has an opener already.
func Register(scheme string, open Opener) {
	registry.Lock()
	defer registry.Unlock()
	if !isScheme(scheme) || open == nil {
		panic(fmt.Sprintf("engine: Register of the scheme %q: it needs letters and an opener", scheme))
	}
	if _, twice := registry.openers[scheme]; twice {
		panic(fmt.Sprintf("engine: the scheme %q is registered twice", scheme))
	}
	registry.openers[scheme] = open
}

func opener(u *URL) (Opener, error) {
	registry.RLock()
	defer registry.RUnlock()
	if open := registry.openers[u.Scheme()]; open != nil {
		return open, nil
	}
	if path := imports[u.Dialect()]; path != "" && u.Driver() == "" {
		return nil, fmt.Errorf("engine: no driver for %s:// is linked in; add import _ %q", u.Dialect(), path)
	}
	known := "none is linked in"
	if names := slices.Sorted(maps.Keys(registry.openers)); len(names) > 0 {
		known = "linked in are " + strings.Join(names, ", ")
	}
	if path := imports[u.Dialect()]; path != "" {
		return nil, fmt.Errorf("engine: the driver %q of %s is not linked in; import the package that registers %s://, or use %s:// with import _ %q (%s)",
			u.Driver(), u.Dialect(), u.Scheme(), u.Dialect(), path, known)
	}
	return nil, fmt.Errorf("engine: unknown URL scheme %q; %s; the library has sqlite, postgresql, mysql and mariadb", u.Scheme(), known)
}
