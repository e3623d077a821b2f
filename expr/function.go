package expr

import (
	"fmt"
	"maps"
	"strconv"

	"github.com/alkahest-go/alkahest/sqltype"
)

// Function is a function of the database that the program calls in more than one
// place, with the type of its result in Go, under the names that products have
// for it. It is a value; its methods return changed copies.
type Function[T any] struct {
	name  string
	names map[string]string
	t     sqltype.Type
}

// NewFunction returns a function by its name, which must be a constant of the
// program, is written as it is, and may have a schema before a dot.
func NewFunction[T any](name constant) Function[T] { return Function[T]{name: string(name)} }

// On returns the function with another name on these products: "sqlite",
// "postgresql", "mysql", "mariadb", "mssql" or "oracle". By an empty name it is
// refused there.
func (f Function[T]) On(name constant, products ...string) Function[T] {
	names := maps.Clone(f.names)
	if names == nil {
		names = map[string]string{}
	}
	for _, product := range products {
		names[product] = string(name)
	}
	f.names = names
	return f
}

// Returns returns the function with the SQL type of its result, where that is
// not the one that T has by default.
func (f Function[T]) Returns(t sqltype.Type) Function[T] {
	f.t = t
	return f
}

// Call is a call of the function.
func (f Function[T]) Call(args ...Expression) Ordered[T] {
	t := f.t
	if t == nil {
		c, err := codecOfGo[T]()
		if err != nil {
			return Ordered[T]{NewScalar[T](Invalid{err}, nil)}
		}
		t = c.Type
	}
	call := call(f.name, t, args...)
	call.Names = f.names
	return Ordered[T]{typed[T](call, t)}
}

// Word is a value of the database that products write in their own words.
type Word string

// The words, as standard SQL has them.
const (
	CurrentUserWord Word = "CURRENT_USER"
	SessionUserWord Word = "SESSION_USER"
	RandomWord      Word = "RANDOM"
)

// SQLType implements Expression.
func (w Word) SQLType() sqltype.Type {
	if w == RandomWord {
		return floatCodec.Type
	}
	return sqltype.Text{}
}

// AppendKey implements Node.
func (w Word) AppendKey(k *Key) {
	k.Tag(tagWord)
	k.String(string(w))
}

// Children implements Parent.
func (w Word) Children() []Expression { return nil }

func (w Word) special() {}

// CurrentUser is the name of the user whose rights the statement has, in the
// database's own form: MySQL and MariaDB have a host behind it.
func CurrentUser() TextOf[string] { return NewText[string](CurrentUserWord, textCodec) }

// SessionUser is the name of the user who has connected, in the database's own
// form.
func SessionUser() TextOf[string] { return NewText[string](SessionUserWord, textCodec) }

// Random is a number from 0 up to and without 1, another for each row. It is
// not for secrets.
func Random() Num[float64] { return NewNum[float64](RandomWord, floatCodec) }

// Mode is the value that a group has most often, where a database has
// ordered-set functions.
func Mode[T any](x Of[T]) Ordered[T] {
	return Ordered[T]{NewScalar[T](call("mode", x.SQLType()), x.Codec()).WithinGroup(Order{X: Unwrap(x)})}
}

// PercentileCont is the value below which the fraction of a group lies, from 0
// to 1, between two of its values where it has to be: 0.5 is the median.
func PercentileCont[T any](fraction float64, x Of[T]) Num[float64] {
	return NewNum[float64](call("percentile_cont", floatCodec.Type, fractionOf(fraction)), floatCodec).WithinGroup(Order{X: Unwrap(x)})
}

// PercentileDisc is the first value of a group, in its order, up to which the
// fraction of the group lies.
func PercentileDisc[T any](fraction float64, x Of[T]) Ordered[T] {
	return Ordered[T]{NewScalar[T](call("percentile_disc", x.SQLType(), fractionOf(fraction)), x.Codec()).WithinGroup(Order{X: Unwrap(x)})}
}

// fractionOf is a fraction as a literal of the statement: products take no parameter
// there.
func fractionOf(fraction float64) Expression {
	if !(fraction >= 0 && fraction <= 1) {
		return Invalid{fmt.Errorf("expr: the percentile %v of a group; give a fraction from 0 to 1", fraction)}
	}
	return UnsafeSQL(strconv.FormatFloat(fraction, 'f', -1, 64))
}
