package sqltype_test

import (
	"bytes"
	"encoding/gob"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/sqltype"
)

type settings struct {
	Theme string
	Sizes map[string]int
}

var settingsType = sqltype.Decorate("settings", sqltype.LargeBinary{},
	func(s settings) ([]byte, error) {
		var b bytes.Buffer
		err := gob.NewEncoder(&b).Encode(s)
		return b.Bytes(), err
	},
	func(b []byte) (s settings, err error) {
		err = gob.NewDecoder(bytes.NewReader(b)).Decode(&s)
		return s, err
	})

// A value of any shape is stored as bytes, and comes back as it was.
func TestEncodedByADecorator(t *testing.T) {
	want := settings{Theme: "dark", Sizes: map[string]int{"x": 1}}
	v, err := encode(t, settingsType, want)
	if err != nil || v.Kind() != sqltype.KindBytes {
		t.Fatalf("got %s, %v, want bytes", v, err)
	}
	got, err := decode(t, settingsType, v, settings{})
	if diff := cmp.Diff(got, want); err != nil || diff != "" {
		t.Errorf("%v (-got +want):\n%s", err, diff)
	}
}
