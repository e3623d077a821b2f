// Package ids moves generators of ids on beyond ids that were not drawn from
// them.
//
// An id that a program sends explicitly moves the generator of its column on
// where the database does that by itself: SQLite's row ids, AUTO_INCREMENT. It
// does not move a sequence or an identity of PostgreSQL, a sequence of MariaDB,
// or one that is carried by a table; there the generator meets the id later, and
// that INSERT fails. Advance moves such a generator on, beside whoever inserts
// meanwhile: no value is given twice.
//
// The package knows tables and generators. How a product keeps others from
// drawing is its dialect's to know (dialect.Mover).
package ids

import (
	"context"
	"errors"
	"fmt"

	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/schema"
)

// ErrNoGenerator says that nothing generates the values of a column.
var ErrNoGenerator = errors.New("no generator fills the column; give it a Sequence or an Identity, or make it an integer primary key")

// Advanced is what became of one generator.
type Advanced struct {
	// Generator is the name of the sequence, or "table.column" of a column that
	// is filled by its own generator.
	Generator string
	// Columns are those that draw from it.
	Columns []*schema.Column
	// Old and New are the values that it would have given next, before and
	// after. They are equal where it was beyond all ids already, or moves by
	// itself.
	Old, New int64
}

// Advance moves the generator of a column on to beyond all ids, within the
// limits of the generator, that are committed in its column, and in the others
// that draw from the same sequence. It goes on in the generator's own steps,
// never moves backwards, and reports what it did.
//
// It runs in a transaction of its own, which ends before it returns: in the
// caller's, a rollback would bring the old position back for values that others
// have passed meanwhile. On PostgreSQL it waits until every transaction that has
// drawn from the sequence has ended, and those that draw later wait for it; ctx
// bounds that. The user must own the sequence there, and may write to it
// elsewhere. Ids that are committed later are not looked at.
//
// A column that nothing generates is ErrNoGenerator. A generator without a value
// beyond the ids is sqlerr.ErrIDExhausted, and stays as it is.
func Advance(ctx context.Context, db *engine.Engine, column schema.Columner) (Advanced, error) {
	if column == nil || column.Definition() == nil {
		return Advanced{}, errors.New("ids: the column belongs to no table; declare the table first")
	}
	return AdvanceColumn(ctx, db, column.Definition())
}

// AdvanceColumn is Advance for a column of a table without a Go struct.
func AdvanceColumn(ctx context.Context, db *engine.Engine, col *schema.Column) (Advanced, error) {
	if err := col.Table.MetaData().Resolve(); err != nil {
		return Advanced{}, err
	}
	gs, err := generators(ctx, db, col.Table.MetaData())
	if err != nil {
		return Advanced{}, err
	}
	for _, g := range gs {
		if g.fills(col) {
			return g.advance(ctx, db)
		}
	}
	return Advanced{}, fmt.Errorf("ids: column %s: %w", col.FullName(), ErrNoGenerator)
}

// AdvanceTable advances each generator of a table's columns, and reports those
// that it got to. A table without any is ErrNoGenerator.
func AdvanceTable(ctx context.Context, db *engine.Engine, t *schema.Table) ([]Advanced, error) {
	done, err := advanceAll(ctx, db, t.MetaData(), func(g *generator) bool {
		for _, c := range g.columns {
			if c.Table == t {
				return true
			}
		}
		return false
	})
	if err == nil && len(done) == 0 {
		err = fmt.Errorf("ids: table %s: %w", t.FullName(), ErrNoGenerator)
	}
	return done, err
}

// AdvanceAll advances each generator that fills columns of the metadata's
// tables, as after rows were copied into them. Each is moved in a transaction of
// its own. A generator that fails does not keep the others from being moved:
// the errors come together, beside what was done.
func AdvanceAll(ctx context.Context, db *engine.Engine, m *schema.MetaData) ([]Advanced, error) {
	return advanceAll(ctx, db, m, func(*generator) bool { return true })
}

func advanceAll(ctx context.Context, db *engine.Engine, m *schema.MetaData, wanted func(*generator) bool) ([]Advanced, error) {
	if err := m.Resolve(); err != nil {
		return nil, err
	}
	gs, err := generators(ctx, db, m)
	if err != nil {
		return nil, err
	}
	var done []Advanced
	var errs []error
	for _, g := range gs {
		if !wanted(g) {
			continue
		}
		a, err := g.advance(ctx, db)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		done = append(done, a)
	}
	return done, errors.Join(errs...)
}

// generator is one generator and the columns that draw from it.
type generator struct {
	name    string
	columns []*schema.Column
	moves   dialect.Generator
}

func (g *generator) fills(col *schema.Column) bool {
	for _, c := range g.columns {
		if c == col {
			return true
		}
	}
	return false
}

// generators returns those of the metadata's columns, each once.
func generators(ctx context.Context, db *engine.Engine, m *schema.MetaData) ([]*generator, error) {
	caps, err := db.Capabilities(ctx)
	if err != nil {
		return nil, err
	}
	mover, ok := db.Dialect().(dialect.Mover)
	if !ok {
		return nil, fmt.Errorf("ids: the dialect %s can't move generators on; it has to implement dialect.Mover", db.Dialect().Name())
	}
	var list []*generator
	bySequence := map[string]*generator{}
	for _, t := range m.Tables() {
		for _, col := range t.Columns() {
			seq := sequenceOf(db.Dialect(), caps, col)
			if seq != nil && bySequence[seq.FullName()] != nil {
				g := bySequence[seq.FullName()]
				g.columns = append(g.columns, col)
				continue
			}
			moves := mover.Generator(caps, col, seq)
			if moves == nil {
				continue
			}
			g := &generator{name: col.FullName(), columns: []*schema.Column{col}, moves: moves}
			if seq != nil {
				g.name = seq.FullName()
				bySequence[g.name] = g
			}
			list = append(list, g)
		}
	}
	return list, nil
}

// sequenceOf returns the sequence that the column draws from, by its
// declaration or by a default.
func sequenceOf(d dialect.Dialect, caps dialect.Capabilities, col *schema.Column) *schema.Sequence {
	if seq := d.SequenceFor(caps, col); seq != nil {
		return seq
	}
	if seq := col.DefaultSequence(); seq != nil {
		return seq
	}
	return col.ClientSequence()
}
