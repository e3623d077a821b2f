package expr

import (
	"fmt"

	"github.com/alkahest-go/alkahest/sqltype"
)

// Parameter is a place for a value that a statement gets when it is executed,
// by engine.Fill: the same statement serves for many values. It stands wherever
// an expression of its type may. A parameter without a value is an error before
// anything is sent.
type Parameter[T any] struct {
	Ordered[T]
	p *Blank
}

// NewParameter returns a parameter of the SQL type that T has by default. name is
// for messages; two parameters are never the same.
func NewParameter[T any](name string) Parameter[T] {
	c, err := codecOfGo[T]()
	if err != nil {
		return Parameter[T]{Ordered[T]{NewScalar[T](Invalid{err}, nil)}, nil}
	}
	return parameter[T](name, c)
}

// ParameterLike returns a parameter of the type of x, such as a column.
func ParameterLike[T any](name string, x Of[T]) Parameter[T] { return parameter[T](name, x.Codec()) }

func parameter[T any](name string, c *sqltype.Codec) Parameter[T] {
	p := &Blank{Name: name, codec: c}
	return Parameter[T]{Ordered[T]{NewScalar[T](p, c)}, p}
}

// Is gives the parameter a value, for one execution.
func (p Parameter[T]) Is(v T) Filling {
	return Filling{place: p.p, value: NewBind(p.Codec(), v)}
}

// Filling is the value of a parameter.
type Filling struct {
	place *Blank
	value *Bind
}

// Blank is where the value of a parameter goes.
type Blank struct {
	Name  string
	codec *sqltype.Codec
}

// SQLType implements Expression.
func (p *Blank) SQLType() sqltype.Type { return p.codec.Type }

// AppendKey implements Node.
func (p *Blank) AppendKey(k *Key) {
	b := k.Filled(p)
	if b == nil {
		k.Fail(fmt.Errorf("expr: the parameter %q has no value; give it one by engine.Fill", p.Name))
		return
	}
	k.Bind(b)
}

// Fill gives parameters their values, for the nodes that are written next.
func (k *Key) Fill(values []Filling) { k.filled = values }

// Filled returns the value of a parameter, or nil.
func (k *Key) Filled(p *Blank) *Bind {
	for i := len(k.filled) - 1; i >= 0; i-- {
		if k.filled[i].place == p {
			return k.filled[i].value
		}
	}
	return nil
}
