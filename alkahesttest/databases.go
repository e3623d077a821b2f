package alkahesttest

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"sync/atomic"

	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/sqltype"
)

// names makes and drops databases of one run of one template. While the run
// lives, a connection holds a lock of its name, so that no other run takes its
// databases for leftovers.
type names struct {
	admin *engine.Engine
	words *dialect.Databases
	all   string // prefix of every run on this database
	run   string // prefix of this run
	last  atomic.Int64
	hold  *engine.Conn
	gone  atomic.Bool // all are dropped
}

const allNames = "alkahest_"

// newNames drops what runs have left that are no more. admin is closed by
// close, or where it fails.
func newNames(ctx context.Context, admin *engine.Engine, words *dialect.Databases) (*names, error) {
	h := fnv.New32a()
	h.Write([]byte(admin.URL().Database()))
	n := &names{admin: admin, words: words, all: fmt.Sprintf("%s%08x_", allNames, h.Sum32())}
	n.run = fmt.Sprintf("%s%016x_", n.all, rand.Uint64())
	hold, err := admin.Conn(ctx)
	if err != nil {
		return nil, errors.Join(err, admin.Close(ctx))
	}
	n.hold = hold
	ours, err := ask(ctx, hold, words.Hold, n.run)
	if err == nil && !ours {
		err = fmt.Errorf("the lock %s is another's", n.run)
	}
	if err == nil {
		err = n.sweep(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, hold.Close(), admin.Close(ctx))
	}
	return n, nil
}

// next returns a name that nothing has.
func (n *names) next() string { return fmt.Sprintf("%s%d", n.run, n.last.Add(1)) }

// create makes a database, as a copy of another where one is named.
func (n *names) create(ctx context.Context, name, from string) error {
	text := fmt.Sprintf(n.words.Create, name)
	if from != "" {
		text = fmt.Sprintf(n.words.Copy, name, from)
	}
	return n.exec(ctx, text)
}

func (n *names) drop(name string) error {
	if n.gone.Load() {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), dropTime)
	defer cancel()
	return n.exec(ctx, fmt.Sprintf(n.words.Drop, name))
}

func (n *names) exec(ctx context.Context, text string) (err error) {
	c, err := n.admin.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	drv, err := c.Driver()
	if err != nil {
		return err
	}
	_, err = drv.Exec(ctx, text)
	return err
}

// close drops all that is left of this run.
func (n *names) close() error {
	if n.gone.Swap(true) {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), dropTime)
	defer cancel()
	err := n.dropAll(ctx, n.run)
	return errors.Join(err, n.hold.Close(), n.admin.Close(ctx))
}

// sweep drops the databases of runs whose lock nobody holds.
func (n *names) sweep(ctx context.Context) error {
	left, err := list(ctx, n.hold, n.words.List, n.all)
	if err != nil {
		return err
	}
	seen := map[string]bool{n.run: true}
	for _, name := range left {
		run := name[:strings.LastIndexByte(name, '_')+1]
		if seen[run] {
			continue
		}
		seen[run] = true
		dead, err := ask(ctx, n.hold, n.words.Hold, run)
		if err != nil {
			return err
		}
		if !dead {
			continue
		}
		if err := n.dropAll(ctx, run); err != nil {
			return err
		}
		if _, err := ask(ctx, n.hold, n.words.Free, run); err != nil {
			return err
		}
	}
	return nil
}

func (n *names) dropAll(ctx context.Context, run string) error {
	left, err := list(ctx, n.hold, n.words.List, run)
	for _, name := range left {
		err = errors.Join(err, n.exec(ctx, fmt.Sprintf(n.words.Drop, name)))
	}
	return err
}

// ask runs a query of one truth value.
func ask(ctx context.Context, c *engine.Conn, sql, arg string) (yes bool, err error) {
	err = c.Querier().Query(ctx, sql, []sqltype.Value{sqltype.TextValue(arg)}, func(row sqltype.Row) error {
		yes = row.Bool(0)
		return row.Err()
	})
	return yes, err
}

// list runs a query of names.
func list(ctx context.Context, c *engine.Conn, sql, arg string) (found []string, err error) {
	err = c.Querier().Query(ctx, sql, []sqltype.Value{sqltype.TextValue(arg)}, func(row sqltype.Row) error {
		found = append(found, string(row.Text(0)))
		return row.Err()
	})
	return found, err
}
