package expr

import "github.com/alkahest-go/alkahest/sqltype"

// Nested is all rows of a query as one value of the statement around it, whose
// rows the query may speak of. A column of it may be Nested too. It is for the
// columns of a result alone, where the engine reads its rows one by one; the order
// and the limit of the query hold for each value.
//
// The query is FROM, WHERE, ORDER BY and LIMIT, and nothing else.
type Nested struct{ Select *Select }

// SQLType implements Expression: the text in which the rows travel.
func (e *Nested) SQLType() sqltype.Type { return sqltype.Text{} }

// AppendKey implements Node.
func (e *Nested) AppendKey(k *Key) {
	k.Tag(tagNested)
	k.Node(e.Select)
}

// Children implements Parent.
func (e *Nested) Children() []Expression { return nil }

func (e *Nested) special() {}
