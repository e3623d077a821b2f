package expr

import "encoding/binary"

// Key is the structural identity of a statement, without its values, together
// with the values in the order in which they were met. Two statements with
// equal keys compile to the same text, and the values of one may be bound to
// the text of the other.
type Key struct {
	buf     []byte
	binds   []*Bind
	seen    map[*Bind]int // only for statements with many binds
	err     error
	text    bool   // raw text was met
	fixed   bool   // values are part of the structure
	lasting bool   // tables are told by their names
	parts   []part // that may stand in several places, see again
	ctes    []CTEUse
	// filled are the values of parameters, and visit is told each node; nil for
	// none.
	filled []Filling
	visit  func(Node)
}

// Tag bytes of this package's nodes. A node of another package writes
// TagExtension and a name of its own.
const (
	tagNil byte = iota
	tagColumn
	tagBind
	tagBindAgain
	tagParam
	tagUnary
	tagBinary
	tagVariadic
	tagIn
	tagBetween
	tagCase
	tagCast
	tagFunc
	tagScalar
	tagTuple
	tagLabel
	tagOrder
	tagText
	tagConst
	tagNext
	tagAlias
	tagJoin
	tagDerived
	tagSelect
	tagInsert
	tagUpdate
	tagDelete
	tagConflict
	tagExcluded
	tagTable
	tagCollate
	tagCoerced
	tagRegexp
	tagRegexpReplace
	tagFullText
	tagExtract
	tagDateAdd
	tagDateDiff
	tagDateTrunc
	tagElapsed
	tagJSON
	tagJSONEqual
	tagList
	tagOperation
	tagTableFunc
	tagOut
	tagClock
	tagWord
	tagRawSource
	tagAgain
	tagNamedTable
	tagOutputColumn
	tagCTE
	tagCompound
	tagWindow
	tagOver
	tagGrouping
	tagSample
	tagValues
	tagHint
	tagMerge
	tagPrefix
	tagMergedAs
	tagQuantified
	tagNested
	tagBindInText
	// TagExtension starts the key of a node that is defined elsewhere.
	TagExtension
)

// TagTable starts the key of a table.
const TagTable = tagTable

// Reset empties the key and keeps its memory.
func (k *Key) Reset() {
	k.buf, k.binds, k.err, k.text = k.buf[:0], k.binds[:0], nil, false
	k.parts, k.ctes, k.filled = k.parts[:0], k.ctes[:0], nil
	clear(k.seen)
}

// Tag writes the kind of a node.
func (k *Key) Tag(t byte) { k.buf = append(k.buf, t) }

// Int writes a number.
func (k *Key) Int(n int) { k.buf = binary.AppendVarint(k.buf, int64(n)) }

// Bool writes a truth value.
func (k *Key) Bool(b bool) {
	if b {
		k.buf = append(k.buf, 1)
	} else {
		k.buf = append(k.buf, 0)
	}
}

// String writes text, with its length, so that no two lists of texts are
// written alike.
func (k *Key) String(s string) {
	k.buf = binary.AppendUvarint(k.buf, uint64(len(s)))
	k.buf = append(k.buf, s...)
}

// Node writes a part, which may be nil.
func (k *Key) Node(n Node) {
	if n == nil {
		k.Tag(tagNil)
		return
	}
	if k.visit != nil {
		k.visit(n)
	}
	n.AppendKey(k)
}

// Bind writes a bound value: its type goes into the key, the value beside it.
func (k *Key) Bind(b *Bind) {
	if b.Err != nil {
		k.Fail(b.Err)
	}
	if k.fixed || b.InText {
		k.Tag(tagBindInText)
		k.String(b.typeKey())
		k.Tag(byte(b.Value.Kind()))
		k.String(b.Value.Reveal())
		return
	}
	if i := k.IndexOf(b); i >= 0 {
		k.Tag(tagBindAgain)
		k.Int(i)
		return
	}
	k.Tag(tagBind)
	k.String(b.typeKey())
	k.binds = append(k.binds, b)
	if k.seen != nil {
		k.seen[b] = len(k.binds) - 1
	} else if len(k.binds) > 16 {
		k.index()
	}
}

func (k *Key) index() {
	k.seen = make(map[*Bind]int, 64)
	for i, b := range k.binds {
		k.seen[b] = i
	}
}

// IndexOf returns the position of b among the values, or -1.
func (k *Key) IndexOf(b *Bind) int {
	if len(k.seen) > 0 {
		if i, ok := k.seen[b]; ok {
			return i
		}
		return -1
	}
	for i, x := range k.binds {
		if x == b {
			return i
		}
	}
	return -1
}

// Fail records why the statement can't be compiled. The first one counts.
func (k *Key) Fail(err error) {
	if k.err == nil {
		k.err = err
	}
}

// Err returns what Fail recorded.
func (k *Key) Err() error { return k.err }

// Fixed writes parts whose values are written into the text, so that they are
// part of the structure.
func (k *Key) Fixed(parts []Expression) {
	outer := k.fixed
	k.fixed = true
	keyNodes(k, parts)
	k.fixed = outer
}

// HasText reports whether raw text was met, of which nothing is known.
func (k *Key) HasText() bool { return k.text }

// Bytes returns the structure. It is valid until the next Reset.
func (k *Key) Bytes() []byte { return k.buf }

// Binds returns the values in order. It is valid until the next Reset.
func (k *Key) Binds() []*Bind { return k.binds }

func keyNodes[N Node](k *Key, list []N) {
	k.Int(len(list))
	for _, n := range list {
		k.Node(n)
	}
}
