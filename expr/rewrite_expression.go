package expr

// expression makes an expression of other parts. What has none is returned.
func (r *replacing) expression(x Expression) Node {
	switch x := x.(type) {
	case *Column:
		return &Column{From: one(r, x.From), Name: x.Name, Codec: x.Codec}
	case *ExcludedColumn:
		return &ExcludedColumn{Column: one(r, x.Column)}
	case *Unary:
		return &Unary{Op: x.Op, X: one(r, x.X)}
	case *Binary:
		return &Binary{Op: x.Op, L: one(r, x.L), R: one(r, x.R), Escape: x.Escape, Type: x.Type}
	case *Variadic:
		return &Variadic{Op: x.Op, Xs: list(r, x.Xs)}
	case *In:
		return &In{X: one(r, x.X), List: list(r, x.List), Not: x.Not}
	case *Between:
		return &Between{X: one(r, x.X), Low: one(r, x.Low), High: one(r, x.High), Not: x.Not, Symmetric: x.Symmetric}
	case *Case:
		return r.caseWhen(x)
	case *Cast:
		return &Cast{X: one(r, x.X), Type: x.Type, Try: x.Try}
	case *Func:
		return r.call(x)
	case *Over:
		return &Over{X: one(r, x.X), Window: r.window(x.Window)}
	case *Tuple:
		return &Tuple{Xs: list(r, x.Xs)}
	case *Subquery:
		return &Subquery{Select: one(r, x.Select), Exists: x.Exists}
	case *Label:
		return &Label{X: one(r, x.X), Name: x.Name}
	case *NextValue:
		return &NextValue{Sequence: one(r, x.Sequence), Type: x.Type}
	case *Text:
		return &Text{pieces: x.pieces, args: list(r, x.args), typ: x.typ}
	case *Bind, *Param, *Blank, Const, Invalid, *OutputColumn, Separator, FrameCount, MergedAs:
		return x
	}
	return r.foreign(x)
}

// special makes an expression anew that products write by rules of their own.
func (r *replacing) special(x Special) Node {
	switch x := x.(type) {
	case *Coerced:
		return &Coerced{X: one(r, x.X), Type: x.Type}
	case *Collate:
		return &Collate{X: one(r, x.X), Name: x.Name}
	case *Regexp:
		return &Regexp{X: one(r, x.X), Pattern: one(r, x.Pattern), Flags: x.Flags, Not: x.Not}
	case *RegexpReplace:
		return &RegexpReplace{X: one(r, x.X), Pattern: one(r, x.Pattern), With: one(r, x.With), Flags: x.Flags}
	case *FullText:
		return &FullText{Xs: list(r, x.Xs), Query: one(r, x.Query)}
	case *Extract:
		return &Extract{Unit: x.Unit, X: one(r, x.X)}
	case *DateAdd:
		return &DateAdd{Unit: x.Unit, X: one(r, x.X), N: one(r, x.N)}
	case *DateDiff:
		return &DateDiff{Unit: x.Unit, A: one(r, x.A), B: one(r, x.B)}
	case *DateTrunc:
		return &DateTrunc{Unit: x.Unit, X: one(r, x.X)}
	case *JSONGet:
		return &JSONGet{X: one(r, x.X), Path: x.Path, As: x.As}
	case *JSONEqual:
		return &JSONEqual{L: one(r, x.L), R: one(r, x.R)}
	case *Nested:
		return &Nested{Select: one(r, x.Select)}
	case *List:
		return &List{Values: one(r, x.Values), Elem: x.Elem}
	case *Operation:
		return &Operation{Text: x.Text, L: one(r, x.L), R: one(r, x.R), Type: x.Type}
	case *Quantified:
		return &Quantified{All: x.All, Of: one(r, x.Of)}
	case *rawList:
		return &rawList{one(r, x.list)}
	}
	return x // Clock, Word and Out, which have no parts
}

func (r *replacing) caseWhen(x *Case) *Case {
	c := &Case{Of: one(r, x.Of), Else: one(r, x.Else)}
	for _, w := range x.Whens {
		c.Whens = append(c.Whens, When{If: one(r, w.If), Then: one(r, w.Then)})
	}
	return c
}

func (r *replacing) call(x *Func) *Func {
	f := *x
	f.Args = list(r, x.Args)
	if a := x.Aggregate; a != nil {
		f.Aggregate = &Aggregate{OrderBy: list(r, a.OrderBy), WithinGroup: list(r, a.WithinGroup), Filter: list(r, a.Filter)}
	}
	return &f
}

func (r *replacing) order(o Order) Order {
	o.X = one(r, o.X)
	return o
}

func (r *replacing) window(w Window) Window {
	w.partition, w.orderBy = list(r, w.partition), list(r, w.orderBy)
	if w.frame != nil {
		f := *w.frame
		f.From.N, f.To.N = one(r, f.From.N), one(r, f.To.N)
		w.frame = &f
	}
	return w
}
