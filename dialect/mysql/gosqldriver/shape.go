package gosqldriver

import (
	"errors"
	"reflect"

	sqldriver "database/sql/driver"

	"github.com/alkahest-go/alkahest/driver"
)

// statusInTrans is SERVER_STATUS_IN_TRANS of the protocol.
const statusInTrans = 0x0001

// shape reads what the Go driver keeps of the server's last OK packet and does
// not show: the status, which alone knows of implicit commits, and the count
// and id of a Query that returned no rows. It reads through reflection and
// checks the fields' kinds first, so that another version of the Go driver is
// an error and never a wrong answer.
type shape struct {
	status   reflect.Value
	affected reflect.Value
	ids      reflect.Value
}

var errShape = errors.New("gosqldriver: this version of github.com/go-sql-driver/mysql keeps its state in an unknown way; use v1.10")

func shapeOf(c sqldriver.Conn) (shape, error) {
	v := reflect.ValueOf(c)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		return shape{}, errShape
	}
	s := shape{status: v.Elem().FieldByName("status")}
	result := v.Elem().FieldByName("result")
	if !s.status.IsValid() || !s.status.CanUint() || result.Kind() != reflect.Struct {
		return shape{}, errShape
	}
	s.affected, s.ids = result.FieldByName("affectedRows"), result.FieldByName("insertIds")
	int64s := reflect.TypeFor[[]int64]()
	if !s.affected.IsValid() || s.affected.Type() != int64s || !s.ids.IsValid() || s.ids.Type() != int64s {
		return shape{}, errShape
	}
	return s, nil
}

func (s shape) inTx() bool { return s.status.Uint()&statusInTrans != 0 }

// result is the outcome of the last statement, which returned no rows.
func (s shape) result() driver.Result {
	r := driver.Result{RowsAffected: -1}
	if n := s.affected.Len(); n > 0 {
		r.RowsAffected = s.affected.Index(n - 1).Int()
	}
	if n := s.ids.Len(); n > 0 {
		r.LastInsertID = uint64(s.ids.Index(n - 1).Int())
	}
	return r
}
