package dialect

import (
	"context"

	"github.com/alkahest-go/alkahest/schema"
)

// Position is where a generator of numbers stands.
type Position struct {
	// Next is the value that it gives next.
	Next int64
	// Exhausted says that there is no next value.
	Exhausted bool
	// Increment is the distance of its values, Low and High are their limits: as
	// the database has them, whatever was declared.
	Increment, Low, High int64
	// Kept says that connections may hold values that they have taken and not
	// given yet, which a Move takes from them.
	Kept bool
}

// Generator is one generator of numbers, in the hands of who moves it on.
type Generator interface {
	// Options say how the transaction begins in which Position and Move run; nil
	// where each commits by itself.
	Options() *TxOptions
	// Position reads where the generator stands. Where there are Options, nobody
	// draws from it any more until the transaction ends, and all who have drawn
	// have committed or rolled back.
	Position(ctx context.Context, q Querier) (Position, error)
	// Move makes next the value that is given next, and reports whether it has:
	// it never moves backwards.
	Move(ctx context.Context, q Querier, next int64) (bool, error)
	// Ended reports whether the value that it gives next lies past limit, or
	// there is none. It holds nobody up, and may cost a value.
	Ended(ctx context.Context, q Querier, limit int64) (bool, error)
}

// EndedAt is Ended for a generator that stands at p.
func (p *Position) EndedAt(limit int64) bool {
	return p.Exhausted || p.Increment > 0 && p.Next > limit || p.Increment < 0 && p.Next < limit
}

// Mover is a Dialect that can move generators on.
type Mover interface {
	// Generator returns the sequence, or, where seq is nil, what fills the column
	// by itself: an identity, AUTO_INCREMENT, a row id. It is nil where nothing
	// does.
	Generator(c Capabilities, col *schema.Column, seq *schema.Sequence) Generator
}
