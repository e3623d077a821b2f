package pgx

import (
	"encoding/binary"
	"fmt"

	"github.com/alkahest-go/alkahest/sqltype"
)

// encodeArray writes an array in binary where the type of its elements is
// known and has a binary form, else as text.
func (a *arguments) encodeArray(t *pgType, v sqltype.Value) ([]byte, int16, error) {
	start := len(a.buf)
	if t != nil && t.elem == nil {
		return nil, 0, errKind
	}
	var err error
	if t != nil && t.elem.encode != nil {
		a.buf, err = appendArray(a.buf, t.elem, v)
		return a.buf[start:], formatBinary, err
	}
	a.buf, err = appendArrayText(a.buf, v)
	return a.buf[start:], formatText, err
}

// appendArray appends the binary form: the number of dimensions, whether there
// are NULLs, the type of the elements; each dimension's length and lower bound;
// the elements, each with its length.
func appendArray(dst []byte, elem *pgType, v sqltype.Value) ([]byte, error) {
	var dims []int
	for x := v; ; {
		list := x.Array()
		if len(list) == 0 {
			break
		}
		dims = append(dims, len(list))
		if list[0].Kind() != sqltype.KindArray {
			break
		}
		x = list[0]
	}
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(dims)))
	flags := len(dst)
	dst = binary.BigEndian.AppendUint32(dst, 0)
	dst = binary.BigEndian.AppendUint32(dst, elem.oid)
	for _, n := range dims {
		dst = binary.BigEndian.AppendUint32(dst, uint32(n))
		dst = binary.BigEndian.AppendUint32(dst, 1)
	}
	if len(dims) == 0 {
		return dst, nil
	}
	dst, nulls, err := appendElements(dst, elem, v, dims)
	if nulls {
		binary.BigEndian.PutUint32(dst[flags:], 1)
	}
	return dst, err
}

func appendElements(dst []byte, elem *pgType, v sqltype.Value, dims []int) (_ []byte, nulls bool, err error) {
	list := v.Array()
	if len(list) != dims[0] {
		return dst, false, fmt.Errorf("is an array whose rows differ in length")
	}
	for i := range list {
		if len(dims) > 1 {
			if list[i].Kind() != sqltype.KindArray {
				return dst, false, errKind
			}
			var inner bool
			dst, inner, err = appendElements(dst, elem, list[i], dims[1:])
			nulls = nulls || inner
			if err != nil {
				return dst, nulls, err
			}
			continue
		}
		at := len(dst)
		dst = binary.BigEndian.AppendUint32(dst, ^uint32(0)) // -1 is NULL
		if list[i].IsNull() {
			nulls = true
			continue
		}
		if dst, err = elem.encode(dst, list[i]); err != nil {
			return dst, nulls, err
		}
		binary.BigEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	}
	return dst, nulls, nil
}

func appendArrayText(dst []byte, v sqltype.Value) (_ []byte, err error) {
	dst = append(dst, '{')
	for i, e := range v.Array() {
		if i > 0 {
			dst = append(dst, ',')
		}
		switch e.Kind() {
		case sqltype.KindNull:
			dst = append(dst, "NULL"...)
		case sqltype.KindArray:
			dst, err = appendArrayText(dst, e)
		default:
			dst, err = appendQuoted(dst, e)
		}
		if err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}

// appendQuoted appends an element between quotes, with its quotes and
// backslashes escaped.
func appendQuoted(dst []byte, v sqltype.Value) ([]byte, error) {
	dst = append(dst, '"')
	switch v.Kind() {
	case sqltype.KindText, sqltype.KindJSON, sqltype.KindDecimal:
		for _, b := range v.Bytes() {
			if b == '"' || b == '\\' {
				dst = append(dst, '\\')
			}
			dst = append(dst, b)
		}
		return append(dst, '"'), nil
	case sqltype.KindBytes:
		dst = append(dst, '\\') // of the \x that follows
	}
	dst, err := appendText(dst, v)
	return append(dst, '"'), err
}

// arrayReader reads the text form of an array:
// https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO.
type arrayReader struct {
	src  []byte
	elem *pgType
	dims int // that are open
}

// maxDims is the server's limit.
const maxDims = 6

func readArray(elem *pgType, src []byte) (sqltype.Value, error) {
	r := &arrayReader{src: src, elem: elem}
	if len(src) > 0 && src[0] == '[' { // lower bounds that are not 1
		for len(r.src) > 0 && r.src[0] != '=' {
			r.src = r.src[1:]
		}
		r.skip('=')
	}
	v, err := r.list()
	if err == nil && len(r.src) > 0 {
		err = errText
	}
	return v, err
}

func (r *arrayReader) skip(b byte) bool {
	if len(r.src) == 0 || r.src[0] != b {
		return false
	}
	r.src = r.src[1:]
	return true
}

func (r *arrayReader) list() (sqltype.Value, error) {
	if r.dims++; r.dims > maxDims || !r.skip('{') {
		return sqltype.Value{}, errText
	}
	defer func() { r.dims-- }()
	list := []sqltype.Value{}
	if r.skip('}') {
		return sqltype.ArrayValue(list), nil
	}
	for {
		v, err := r.element()
		if err != nil {
			return v, err
		}
		list = append(list, v)
		switch {
		case r.skip('}'):
			return sqltype.ArrayValue(list), nil
		case !r.skip(','):
			return v, errText
		}
	}
}

func (r *arrayReader) element() (sqltype.Value, error) {
	if len(r.src) > 0 && r.src[0] == '{' {
		return r.list()
	}
	if r.skip('"') {
		return r.quoted()
	}
	n := 0
	for n < len(r.src) && r.src[n] != ',' && r.src[n] != '}' {
		n++
	}
	text := r.src[:n]
	r.src = r.src[n:]
	if string(text) == "NULL" {
		return sqltype.NullValue(), nil
	}
	return textValue(r.elem, text)
}

func (r *arrayReader) quoted() (sqltype.Value, error) {
	var text []byte
	for i := 0; i < len(r.src); i++ {
		switch r.src[i] {
		case '\\':
			i++
			if i == len(r.src) {
				return sqltype.Value{}, errText
			}
		case '"':
			r.src = r.src[i+1:]
			return textValue(r.elem, text)
		}
		text = append(text, r.src[i])
	}
	return sqltype.Value{}, errText
}
