package expr

// Alias is a source under another name. Two aliases of the same source with
// the same name are the same.
type Alias struct {
	Of   Source
	Name string
}

// Provides implements Source.
func (a *Alias) Provides(s Source) bool {
	b, ok := s.(*Alias)
	return ok && (a == b || a.Name == b.Name && a.Of == b.Of)
}

// AppendKey implements Node.
func (a *Alias) AppendKey(k *Key) {
	k.Tag(tagAlias)
	k.String(a.Name)
	k.Node(a.Of)
}

// JoinKind is the kind of a join.
type JoinKind uint8

// The kinds of join.
const (
	InnerJoin JoinKind = iota
	LeftJoin
	RightJoin
	FullJoin
	CrossJoin
)

// Join is two sources beside each other.
type Join struct {
	Kind JoinKind
	L, R Source
	On   Expression // nil for a cross join
}

// Provides implements Source.
func (j *Join) Provides(s Source) bool { return j.L.Provides(s) || j.R.Provides(s) }

// AppendKey implements Node.
func (j *Join) AppendKey(k *Key) {
	k.Tag(tagJoin)
	k.Tag(byte(j.Kind))
	k.Node(j.L)
	k.Node(j.R)
	k.Node(j.On)
}

// Derived is a query in FROM, under a name.
type Derived struct {
	Select Query
	Name   string
	// Lateral says that the query sees the sources to its left.
	Lateral bool
}

// Provides implements Source.
func (d *Derived) Provides(s Source) bool {
	e, ok := s.(*Derived)
	return ok && (d == e || d.Name == e.Name && d.Lateral == e.Lateral && d.Select == e.Select)
}

// OutputNames implements OutputSource.
func (d *Derived) OutputNames() []string { return outputNames(d.Select) }

// AppendKey implements Node.
func (d *Derived) AppendKey(k *Key) {
	k.Tag(tagDerived)
	if k.again(d) {
		return
	}
	k.String(d.Name)
	k.Bool(d.Lateral)
	k.Node(d.Select)
}
