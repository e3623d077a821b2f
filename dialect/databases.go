package dialect

// Databases is how a product makes and drops whole databases, for tests that
// need one of their own. In each text the first %s stands for the database's
// name, which is of lower-case letters, digits and underlines.
type Databases struct {
	// Create makes an empty database, Drop ends its connections, where the
	// product can, and drops it.
	Create, Drop string
	// Copy makes a database that is like another, the second %s, to which nobody
	// is connected; "" where the product can't.
	Copy string
	// List is a query of the names of the databases, one a row, that begin with
	// its parameter.
	List string
	// Hold is a query that takes the lock that its parameter names, unless another connection
	// has it, and tells in one row whether it did. The lock ends with the connection, or
	// by the query Free.
	Hold, Free string
}
