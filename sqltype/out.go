package sqltype

// Out is the type of a parameter that the server fills: a statement that
// returns values through its parameters has one for each. A driver that can
// take it binds a variable of the type Of, ignores the argument in its place,
// and gives back one row of these values, in the order of the parameters; any
// other refuses to prepare the statement.
type Out struct{ Of Type }

// Kind implements Type.
func (t Out) Kind() Kind { return t.Of.Kind() }

// String implements Type.
func (t Out) String() string { return "OUT " + t.Of.String() }
