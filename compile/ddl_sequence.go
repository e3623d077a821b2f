package compile

import (
	"strconv"
	"strings"

	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

func (d *DDL) createSequence(e schema.CreateSequence) {
	if !d.rules.DDL.Sequences {
		d.Unsupported("sequences", "they are carried by a table of the library's own")
		return
	}
	s := e.Sequence
	d.create(Object{Kind: ObjectSequence, Schema: s.Schema, Name: s.Name}, "CREATE SEQUENCE ", e.IfNotExists)
	d.SequenceName(s)
	options := e.Sequence.SequenceOptions
	t := e.Sequence.ValueType(e.Column)
	if t != nil && !d.sequenceType(t) {
		endWith(&options, t)
	}
	if complete := d.rules.DDL.CompleteSequence; complete != nil {
		options = complete(options, t)
	}
	if options != (schema.SequenceOptions{}) {
		d.optionsOf(&options)
	}
	d.End()
}

// optionsOf writes the options behind a blank, where there is something to
// write.
func (d *DDL) optionsOf(o *schema.SequenceOptions) {
	before := len(d.buf)
	d.Text(" ")
	d.IdentityOptions(o)
	if len(d.buf) == before+1 {
		d.buf = d.buf[:before]
	}
}

// Complete returns the options with their start, and those that cycle with
// their limits, for products whose own defaults are not the standard's. t is
// the type of the values, nil where it is not known.
func Complete(o schema.SequenceOptions, t sqltype.Type) schema.SequenceOptions {
	start := o.StartValue()
	o.Start = &start
	if o.Cycles() {
		low, high := o.Limits(t)
		o.Min, o.Max, o.NoMin, o.NoMax = &low, &high, false, false
	}
	return o
}

// sequenceType gives a sequence the type of its values, so that it ends where
// their column does, and reports whether it could.
func (d *DDL) sequenceType(t sqltype.Type) bool {
	i, ok := schema.IntegerType(t)
	if !ok || i.Unsigned || !d.rules.DDL.SequenceType {
		return false
	}
	d.Text(" AS " + i.String())
	return true
}

// endWith ends a sequence where the type of its values does, if that is before
// the end of 64 bits.
func endWith(o *schema.SequenceOptions, t sqltype.Type) {
	widest := sqltype.Integer{Bits: 64}
	low, high := o.Limits(t)
	lowest, highest := o.Limits(widest)
	if o.IncrementValue() > 0 && high < highest {
		o.Max, o.NoMax = &high, false
	}
	if o.IncrementValue() < 0 && low > lowest {
		o.Min, o.NoMin = &low, false
	}
}

// ownSequence has a sequence dropped with its owner.
func (d *DDL) ownSequence(s *schema.Sequence) {
	if !d.rules.DDL.SequenceOwner {
		d.Unsupported("sequences that are dropped with a column (OwnedBy)", "leave OwnedBy out; DropAll drops the sequence")
		return
	}
	owner := s.Owner()
	d.Text("ALTER SEQUENCE ")
	d.SequenceName(s)
	d.Text(" OWNED BY ")
	d.TableName(owner.Table)
	d.Text(".")
	d.Identifier(owner.Name)
	d.End()
}

// IdentityOptions writes the options of a sequence or identity, in the order
// that standard SQL gives them; products differ in which they take.
func (d *DDL) IdentityOptions(o *schema.SequenceOptions) {
	if write := d.rules.DDL.IdentityOptions; write != nil {
		write(d, o)
		return
	}
	d.StandardSequenceOptions(o, "NO CYCLE")
}

// StandardSequenceOptions writes the options as PostgreSQL and the standard
// spell them; noCycle is how NO CYCLE is spelled.
func (d *DDL) StandardSequenceOptions(o *schema.SequenceOptions, noCycle string) {
	var parts []string
	number := func(words string, n *int64) {
		if n != nil {
			parts = append(parts, words+" "+strconv.FormatInt(*n, 10))
		}
	}
	flag := func(words string, on bool) {
		if on {
			parts = append(parts, words)
		}
	}
	number("INCREMENT BY", o.Increment)
	number("START WITH", o.Start)
	number("MINVALUE", o.Min)
	flag("NO MINVALUE", o.NoMin)
	number("MAXVALUE", o.Max)
	flag("NO MAXVALUE", o.NoMax)
	number("CACHE", o.Cache)
	flag("CYCLE", o.Cycles())
	flag(noCycle, o.Cycle != nil && !*o.Cycle)
	d.Text(strings.Join(parts, " "))
}
