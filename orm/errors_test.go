package orm_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/sqlerr"
)

// Each layer's name stands once, and nothing is said twice.
func TestMessagesOfFlushErrors(t *testing.T) {
	stale := &orm.StaleError{Entity: "User(ID 2)", Op: "update"}
	for _, c := range []struct {
		err  error
		want string
	}{
		{stale, "orm: update of User(ID 2) met 0 rows instead of 1; it was changed or deleted elsewhere: roll back, read it again"},
		{
			&orm.FlushError{Entity: "User(ID 2)", Op: "update", Err: stale},
			"orm: flush: update of User(ID 2) met 0 rows instead of 1; it was changed or deleted elsewhere: roll back, read it again",
		},
		{
			&orm.FlushError{Entity: "User", Op: "insert", Err: fmt.Errorf("engine: %w", sqlerr.ErrConnectionLost)},
			"orm: flush: insert of User: " + sqlerr.ErrConnectionLost.Error(),
		},
		{
			&orm.FlushError{Entity: "User", Op: "write", Err: &orm.EntityError{Entity: "User", Field: "Name", Err: errors.New("too long")}},
			"orm: flush: write of User: User.Name: too long",
		},
	} {
		if got := c.err.Error(); got != c.want {
			t.Errorf("got %q\nwant %q", got, c.want)
		}
	}
}
