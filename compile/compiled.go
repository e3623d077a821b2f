package compile

import (
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Compiled is a statement as text, with where its values come from. It is
// immutable and shared by every execution of statements with the same key.
type Compiled struct {
	SQL  string
	Verb expr.Verb
	// Slots say, for each place in the text in order, which value goes there.
	Slots []Slot
	// Params are the types of the slots' values, as the product has them.
	Params []sqltype.Type
	// Conversions turn the slots' values into those of Params; nil where none
	// needs it, and nil for each that does not.
	Conversions []*sqltype.Conversion
	// Columns are the columns of the result, in order; empty for none, and nil
	// for text of which nothing is known.
	Columns []ResultColumn
	// Stored turn the values of Columns, which are of the types that the product
	// has in their place, back; nil as for Conversions.
	Stored []*sqltype.Conversion
	// ReturnsRows says that the statement has a result.
	ReturnsRows bool
	// Losses is what has to be asked after the statement, which may lose data
	// without an error; nil for nothing.
	Losses *Losses
	// Cartesian is set where the statement joins rows each with each, without
	// saying that it means to.
	Cartesian *CartesianError
}

// Losses is how to find out what a statement that turns errors into warnings
// has lost.
type Losses struct {
	// Warnings is a query for what went wrong in the statement before it, whose
	// rows are a level, a number and a message.
	Warnings string
	// Harmless are the numbers that mean no loss.
	Harmless []int64
	// Exhausted are those that say that a generator has no value left.
	Exhausted []int64
}

// Slot is a place in the text.
type Slot struct {
	Bind  int // index among the statement's own values, or -1
	Param int // index among the execution's parameters, where Bind is -1; or -1 for one that the server fills
}

// ResultColumn describes a column of a result.
type ResultColumn struct {
	Name  string
	Type  sqltype.Type
	Codec *sqltype.Codec // nil where the expression has no Go type
	// Table is the name of the table, or its alias, that the column is of; "" for
	// another expression, and for a column that has another name in the result.
	Table string
	// Nested describes the rows within an expr.Nested; nil for anything else.
	Nested *NestedColumns
}

// Args appends the values of an execution to args: binds are the statement's
// own values, as collected by its key, and params the execution's parameters.
func (c *Compiled) Args(args []sqltype.Value, binds []*expr.Bind, params []sqltype.Value) []sqltype.Value {
	for _, s := range c.Slots {
		switch {
		case s.Bind >= 0:
			args = append(args, binds[s.Bind].Value)
		case s.Param >= 0:
			args = append(args, params[s.Param])
		default:
			args = append(args, sqltype.Value{}) // of a sqltype.Out
		}
	}
	return args
}
