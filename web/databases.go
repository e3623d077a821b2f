package web

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/inspect"
	"github.com/alkahest-go/alkahest/orm"
)

// Databases are the engines of a program: the main one, and others by their bind
// keys, which are the names of orm.BindKey. They are used by many goroutines at
// once.
type Databases struct {
	main  *engine.Engine
	binds map[string]*engine.Engine
}

// UnknownBindError says that a program has no database under a bind key.
type UnknownBindError struct {
	Key   string
	Known []string
}

// Error names the key and those that there are.
func (e *UnknownBindError) Error() string {
	if len(e.Known) == 0 {
		return fmt.Sprintf("web: there is no database %q; there is only the main one", e.Key)
	}
	return fmt.Sprintf("web: there is no database %q; besides the main one there are %q", e.Key, e.Known)
}

// NewDatabases returns the databases of engines that are open. main may be nil
// where nothing is in it.
func NewDatabases(main *engine.Engine, binds map[string]*engine.Engine) *Databases {
	return &Databases{main: main, binds: maps.Clone(binds)}
}

// OpenDatabases opens the engines that settings name, as engine.OpenSettings reads
// them: the main one by the keys with the prefix, and one for each bind key by
// those with the prefix and "binds.KEY.":
//
//	url                 sqlite:///app.db
//	pool_size           20
//	binds.archive.url   postgresql://db/archive
//
// opts are for all of them.
func OpenDatabases(ctx context.Context, settings map[string]string, prefix string, opts ...engine.Option) (*Databases, error) {
	const mark = "binds."
	own, keys := map[string]string{}, map[string]bool{}
	for name, value := range settings {
		bind, bound := strings.CutPrefix(name, prefix+mark)
		key, _, whole := strings.Cut(bind, ".")
		switch {
		case !bound:
			own[name] = value
		case !whole || key == "":
			return nil, fmt.Errorf("web: the setting %q names no bind; it is %sKEY.url and the like", name, prefix+mark)
		default:
			keys[key] = true
		}
	}
	main, err := engine.OpenSettings(ctx, own, prefix, opts...)
	if err != nil {
		return nil, err
	}
	d := &Databases{main: main, binds: map[string]*engine.Engine{}}
	for key := range keys {
		e, err := engine.OpenSettings(ctx, settings, prefix+mark+key+".", opts...)
		if err != nil {
			return nil, errors.Join(err, d.Close(ctx))
		}
		d.binds[key] = e
	}
	return d, nil
}

// Main returns the main engine.
func (d *Databases) Main() *engine.Engine { return d.main }

// Keys returns the bind keys, in order.
func (d *Databases) Keys() []string { return slices.Sorted(maps.Keys(d.binds)) }

// Engine returns the engine of a bind key, the main one for "". A key that there
// is not is an *UnknownBindError.
func (d *Databases) Engine(key string) (*engine.Engine, error) {
	if e, ok := d.binds[key]; ok {
		return e, nil
	}
	if key == "" && d.main != nil {
		return d.main, nil
	}
	return nil, &UnknownBindError{Key: key, Known: d.Keys()}
}

// Session returns the options by which a session has all databases, for
// Options.Session.
func (d *Databases) Session() []orm.SessionOption {
	var opts []orm.SessionOption
	for _, key := range d.Keys() {
		opts = append(opts, orm.Bind(key, d.binds[key]))
	}
	return opts
}

// CreateAll creates the tables of each base in the database of its bind key.
func (d *Databases) CreateAll(ctx context.Context, bases ...*orm.Base) error {
	return d.each(bases, func(e *engine.Engine, b *orm.Base) error { return e.CreateAll(ctx, b.MetaData) })
}

// DropAll drops the tables of each base from the database of its bind key, those
// of the last one first.
func (d *Databases) DropAll(ctx context.Context, bases ...*orm.Base) error {
	backward := slices.Clone(bases)
	slices.Reverse(backward)
	return d.each(backward, func(e *engine.Engine, b *orm.Base) error { return e.DropAll(ctx, b.MetaData) })
}

// Reflect adds to each base the tables that the database of its bind key has and
// the base does not declare, as inspect.Inspector.Into does. Bases must not be in
// use meanwhile. They are described when all databases were found, in order, up
// to the first error.
func (d *Databases) Reflect(ctx context.Context, o inspect.Options, bases ...*orm.Base) error {
	return d.each(bases, func(e *engine.Engine, b *orm.Base) error {
		_, err := inspect.New(e).Into(ctx, b.MetaData, o)
		return err
	})
}

// each looks for the databases of all bases before it does anything.
func (d *Databases) each(bases []*orm.Base, f func(e *engine.Engine, b *orm.Base) error) error {
	engines := make([]*engine.Engine, len(bases))
	for i, b := range bases {
		e, err := d.Engine(b.Database())
		if err != nil {
			return err
		}
		engines[i] = e
	}
	for i, b := range bases {
		if err := f(engines[i], b); err != nil {
			return err
		}
	}
	return nil
}

// Pingers returns the databases for Health: the main one is "main".
func (d *Databases) Pingers() map[string]Pinger {
	all := map[string]Pinger{}
	if d.main != nil {
		all["main"] = d.main
	}
	for key, e := range d.binds {
		all[key] = e
	}
	return all
}

// Close closes all engines, as engine.Engine.Close does.
func (d *Databases) Close(ctx context.Context) error {
	var errs []error
	if d.main != nil {
		errs = append(errs, d.main.Close(ctx))
	}
	for _, key := range d.Keys() {
		errs = append(errs, d.binds[key].Close(ctx))
	}
	return errors.Join(errs...)
}
