package expr

import (
	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Bind is a value that is sent beside the text, and within it only where InText
// says so.
type Bind struct {
	Value sqltype.Value
	Codec *sqltype.Codec // nil where only the value's kind is known
	Type  sqltype.Type   // the type where Codec is nil
	// InText says that the value is written into the text after all, as the count of
	// a LIMIT may be: a statement of its own to caches, that the database knows more
	// of when it plans.
	InText bool
	// Err says that the value can't be sent. It is returned when the statement
	// is compiled, before anything is sent.
	Err error
}

// NewBind returns v as a value of the codec's type. T must be the codec's Go
// type. A value that the type can't hold is kept as an error in the node.
func NewBind[T any](c *sqltype.Codec, v T) *Bind {
	if c == nil {
		return &Bind{Err: errUndeclared}
	}
	// The value has an address, and so lives as long as the node: one piece of
	// memory holds both.
	b := &struct {
		Bind
		v T
	}{v: v}
	b.Codec = c
	b.Value, b.Err = c.Encode(mem.Pointer(&b.v))
	return &b.Bind
}

// BindValue returns a value that is encoded already.
func BindValue(t sqltype.Type, v sqltype.Value) *Bind { return &Bind{Value: v, Type: t} }

func (b *Bind) typeKey() string {
	if b.Codec != nil {
		return b.Codec.Key
	}
	return b.SQLType().String()
}

// SQLType implements Expression.
func (b *Bind) SQLType() sqltype.Type {
	if b.Codec != nil {
		return b.Codec.Type
	}
	if b.Type == nil {
		return sqltype.Null{}
	}
	return b.Type
}

// AppendKey implements Node.
func (b *Bind) AppendKey(k *Key) { k.Bind(b) }

// Param is a place for a value that is given when the statement is executed,
// by its position among the parameters of the execution. It lets one compiled
// statement run for many rows.
type Param struct {
	Index int
	Type  sqltype.Type
}

// SQLType implements Expression.
func (p *Param) SQLType() sqltype.Type { return p.Type }

// AppendKey implements Node.
func (p *Param) AppendKey(k *Key) {
	k.Tag(tagParam)
	k.Int(p.Index)
	k.String(p.Type.String())
}

// Const is a constant of SQL that is part of the text.
type Const uint8

// The constants.
const (
	NULL Const = iota
	TRUE
	FALSE
	DEFAULT // the column's default, in VALUES and SET
	STAR    // *, as in count(*)
)

// SQLType implements Expression.
func (c Const) SQLType() sqltype.Type {
	if c == TRUE || c == FALSE {
		return sqltype.Boolean{}
	}
	return sqltype.Null{}
}

// AppendKey implements Node.
func (c Const) AppendKey(k *Key) {
	k.Tag(tagConst)
	k.Int(int(c))
}
