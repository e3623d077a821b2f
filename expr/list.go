package expr

import "github.com/alkahest-go/alkahest/sqltype"

// longList is how many values an IN has before they are sent as one: fewer are
// what planners know best, and more would need more parameters than some
// databases take.
const longList = 1000

// List is many values that are sent as one, for IN: an array on PostgreSQL, a
// JSON array elsewhere. So the text is the same for any number of values.
type List struct {
	Values *Bind // an array
	Elem   sqltype.Type
}

// newList returns the values as one; ok is false where they are of a type that
// can't be sent so, or one of them can't be sent at all.
func newList(binds []Expression) (list *List, ok bool) {
	values := make([]sqltype.Value, len(binds))
	var elem sqltype.Type
	for i, x := range binds {
		b, isBind := x.(*Bind)
		if !isBind || b.Err != nil {
			return nil, false
		}
		values[i], elem = b.Value, b.SQLType()
	}
	switch elem.Kind() {
	case sqltype.KindInt64, sqltype.KindText:
	default:
		return nil, false
	}
	return &List{Values: BindValue(sqltype.Array{Elem: elem}, sqltype.ArrayValue(values)), Elem: elem}, true
}

// SQLType implements Expression.
func (e *List) SQLType() sqltype.Type { return sqltype.Array{Elem: e.Elem} }

// AppendKey implements Node.
func (e *List) AppendKey(k *Key) {
	k.Tag(tagList)
	k.Node(e.Values)
}

// Children implements Parent.
func (e *List) Children() []Expression { return nil }

func (e *List) special() {}
