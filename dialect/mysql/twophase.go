package mysql

import "github.com/alkahest-go/alkahest/dialect"

// xa is how transactions are prepared: https://mariadb.com/kb/en/xa-transactions/.
// The list's columns are formatID, gtrid_length, bqual_length and data, of which
// the ids of this library have the last alone.
var xa = &dialect.TwoPhase{
	Begin:              "XA START %s",
	Prepare:            []string{"XA END %s", "XA PREPARE %s"},
	CommitUnprepared:   []string{"XA END %s", "XA COMMIT %s ONE PHASE"},
	RollbackUnprepared: []string{"XA END %s", "XA ROLLBACK %s"},
	Commit:             []string{"XA COMMIT %s"},
	Rollback:           []string{"XA ROLLBACK %s"},
	List:               "XA RECOVER",
	ListColumn:         3,
	Bound:              true,
}
