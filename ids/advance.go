package ids

import (
	"context"
	"fmt"
	"math/big"

	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// session is a connection or a transaction.
type session interface {
	engine.Executor
	Querier() dialect.Querier
}

// advance moves the generator on, where the dialect wants to in a transaction.
func (g *generator) advance(ctx context.Context, db *engine.Engine) (a Advanced, err error) {
	if o := g.moves.Options(); o != nil {
		err = db.Transact(ctx, *o, func(tx *engine.Tx) error {
			a, err = g.on(ctx, tx)
			return err
		})
		return a, g.failed(err)
	}
	c, err := db.Conn(ctx)
	if err != nil {
		return a, g.failed(err)
	}
	defer c.Close()
	a, err = g.on(ctx, c)
	return a, g.failed(err)
}

func (g *generator) failed(err error) error {
	if err != nil {
		return fmt.Errorf("ids: advancing %s: %w", g.name, err)
	}
	return nil
}

// on moves the generator on. What position says of it holds until the end of
// the transaction, or is older than what Move compares with.
func (g *generator) on(ctx context.Context, s session) (Advanced, error) {
	a := Advanced{Generator: g.name, Columns: g.columns}
	p, err := g.moves.Position(ctx, s.Querier())
	if err != nil {
		return a, err
	}
	if p.Exhausted {
		return a, fmt.Errorf("it has given the last of its values, within %d and %d: %w", p.Low, p.High, sqlerr.ErrIDExhausted)
	}
	a.Old, a.New = p.Next, p.Next
	for _, col := range g.columns {
		id, found, err := outermost(ctx, s, col, &p)
		if err != nil {
			return a, err
		}
		if !found || beyond(a.New, id, p.Increment) {
			continue
		}
		var ok bool
		if a.New, ok = after(&p, id); !ok {
			return a, fmt.Errorf("column %s holds ids up to the end of its values, within %d and %d: %w",
				col.FullName(), p.Low, p.High, sqlerr.ErrIDExhausted)
		}
	}
	if a.New == a.Old && !p.Kept {
		return a, nil
	}
	moved, err := g.moves.Move(ctx, s.Querier(), a.New)
	if !moved { // others have moved it further meanwhile
		a.New = a.Old
	}
	return a, err
}

// beyond reports whether a generator that stands at next has id behind it.
func beyond(next, id, increment int64) bool {
	if increment > 0 {
		return next > id
	}
	return next < id
}

// after returns the first value of the generator's progression that lies beyond
// id, which is not beyond the next.
func after(p *dialect.Position, id int64) (int64, bool) {
	next, step := big.NewInt(p.Next), big.NewInt(p.Increment)
	steps := new(big.Int).Sub(big.NewInt(id), next)
	steps.Quo(steps, step)
	steps.Add(steps, big.NewInt(1))
	next.Add(next, steps.Mul(steps, step))
	if !next.IsInt64() || next.Int64() < p.Low || next.Int64() > p.High {
		return 0, false
	}
	return next.Int64(), true
}

// outermost returns the id of the column that the generator would come to last,
// among those that it can come to.
func outermost(ctx context.Context, s session, col *schema.Column, p *dialect.Position) (id int64, found bool, err error) {
	order := expr.Order{X: col.Ref(), Desc: true}
	if p.Increment < 0 {
		order = expr.Order{X: col.Ref()}
	}
	within := &expr.Between{X: col.Ref(), Low: limit(col, p.Low), High: limit(col, p.High)}
	r, err := s.Query(ctx, expr.NewSelect(col.Ref()).From(col.Table).Where(expr.NewPred(within)).OrderBy(order).Limit(1))
	if err != nil {
		return 0, false, err
	}
	defer r.Close()
	for r.Next() {
		found = true
		switch row := r.Row(); col.Type.Kind() {
		case sqltype.KindUint64:
			id = int64(row.Uint64(0)) // at most p.High
		case sqltype.KindDecimal:
			var whole big.Int
			if _, ok := whole.SetString(string(row.Text(0)), 10); !ok {
				return 0, false, fmt.Errorf("column %s holds other than whole numbers", col.FullName())
			}
			id = whole.Int64()
		default:
			id = row.Int64(0)
		}
		if err := r.Row().Err(); err != nil {
			return 0, false, err
		}
	}
	return id, found, r.Close()
}

// limit is a limit of the generator as a value of the column, which may be able
// to hold less.
func limit(col *schema.Column, n int64) expr.Expression {
	return expr.BindValue(sqltype.Integer{Bits: 64}, sqltype.Int64Value(n))
}
