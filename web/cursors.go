package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
)

// ErrCursor says that a cursor is not one that was given out for this query and
// this scope: it was changed, or is of another one. Its status is 400.
var ErrCursor = errors.New("web: the cursor is none of this list; begin with its first page")

// keyBytes is how long a key has to be: as long as what it makes.
const keyBytes = sha256.Size

// cursorVersion is the first byte of each cursor.
const cursorVersion = 1

// Cursors sign the positions of pages (HMAC-SHA256), so that a client can hand
// back only what it was given. They may be used by many goroutines.
//
// A cursor is signed and not encrypted: it holds the values of the order's
// columns, of the row at which the page ends, and the client can read them. It is
// a row that the client has just been shown; but order by no column whose values
// it must not learn.
type Cursors struct{ keys [][]byte }

// NewCursors takes the secret keys, of 32 bytes or more each. The first one signs;
// cursors of all are accepted, so that keys can be replaced without an error for
// those who are turning pages: put a new key first, and drop the old one later.
func NewCursors(keys ...[]byte) (*Cursors, error) {
	if len(keys) == 0 {
		return nil, errors.New("web: cursors need a secret key; keep one where the other secrets of the program are")
	}
	c := &Cursors{}
	for i, key := range keys {
		if len(key) < keyBytes {
			return nil, fmt.Errorf("web: key %d of the cursors has %d bytes, and needs %d of randomness, as crypto/rand makes them", i+1, len(key), keyBytes)
		}
		c.keys = append(c.keys, append([]byte(nil), key...))
	}
	return c, nil
}

// cursorPurpose is what a cursor is good for, and nothing else.
type cursorPurpose struct {
	name, scope, filter string
	query               expr.Digest
}

// sum is the signature of a position under a key.
func (p cursorPurpose) sum(key []byte, position string) []byte {
	h := hmac.New(sha256.New, key)
	for _, part := range []string{"alkahest web cursor", p.name, p.scope, p.filter, string(p.query[:]), position} {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		h.Write([]byte(part))
	}
	return h.Sum(nil)
}

// sign returns the cursor of a position; "" of none.
func (c *Cursors) sign(p cursorPurpose, at orm.Position) string {
	if at.IsZero() {
		return ""
	}
	text := at.String()
	signed := append([]byte{cursorVersion}, p.sum(c.keys[0], text)...)
	return base64.RawURLEncoding.EncodeToString(signed) + text
}

// signatureChars is how long the part of a cursor is that stands before the
// position.
var signatureChars = base64.RawURLEncoding.EncodedLen(1 + sha256.Size)

// verify returns the position of a cursor.
func (c *Cursors) verify(p cursorPurpose, cursor string) (orm.Position, error) {
	if len(cursor) <= signatureChars {
		return orm.Position{}, badCursor(nil)
	}
	signed, err := base64.RawURLEncoding.Strict().DecodeString(cursor[:signatureChars])
	if err != nil || len(signed) != 1+sha256.Size || signed[0] != cursorVersion {
		return orm.Position{}, badCursor(nil)
	}
	text, good := cursor[signatureChars:], false
	for _, key := range c.keys {
		if hmac.Equal(signed[1:], p.sum(key, text)) {
			good = true
		}
	}
	if !good {
		return orm.Position{}, badCursor(nil)
	}
	at, err := orm.ParsePosition(text)
	if err != nil {
		return at, badCursor(err)
	}
	return at, nil
}

func badCursor(cause error) error {
	err := ErrCursor
	if cause != nil {
		err = fmt.Errorf("%w (%w)", ErrCursor, cause)
	}
	return &StatusError{Status: http.StatusBadRequest, Text: "the cursor is none of this list", Err: err}
}
