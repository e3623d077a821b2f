package dialect

// TwoPhase is how a product prepares a transaction, so that it can be committed
// later, from any connection and after any crash. In each text %s stands for the
// transaction's id, as a literal.
type TwoPhase struct {
	// Refused, where not "", says why this server has no two-phase commit and
	// what to do; nothing else is set then.
	Refused string
	// Begin takes the place of the last statement of Dialect.Begin; "" where
	// that stays.
	Begin string
	// Prepare is the first phase. CommitUnprepared and RollbackUnprepared end the
	// transaction without it.
	Prepare, CommitUnprepared, RollbackUnprepared []string
	// Commit and Rollback are the second phase.
	Commit, Rollback []string
	// List is a query of the transactions that are prepared, whose column
	// ListColumn, from 0, is the id.
	List       string
	ListColumn int
	// Bound says that a prepared transaction belongs to its connection, which
	// takes nothing else, until that ends.
	Bound bool
}
