package expr

import "github.com/alkahest-go/alkahest/sqltype"

// CaseOf is a CASE whose values are T in Go. Each method returns a longer copy.
// Without Else it is NULL where no branch applies, so that a result that may be
// needs a T that can be NULL.
type CaseOf[T any] struct{ Ordered[T] }

// CaseWhen is CASE WHEN p THEN v END.
func CaseWhen[T any](p Predicate, v Of[T]) CaseOf[T] {
	return newCase[T](&Case{}, v.Codec()).branch(Unwrap(p), v)
}

func newCase[T any](x *Case, c *sqltype.Codec) CaseOf[T] {
	return CaseOf[T]{Ordered[T]{NewScalar[T](x, c)}}
}

func (s CaseOf[T]) branch(when Expression, v Of[T]) CaseOf[T] {
	x := *s.x.(*Case)
	x.Whens = append(x.Whens[:len(x.Whens):len(x.Whens)], When{If: when, Then: Unwrap(v)})
	return newCase[T](&x, s.c)
}

// When adds WHEN p THEN v.
func (s CaseOf[T]) When(p Predicate, v Of[T]) CaseOf[T] { return s.branch(Unwrap(p), v) }

// Else adds ELSE v.
func (s CaseOf[T]) Else(v Of[T]) CaseOf[T] {
	x := *s.x.(*Case)
	x.Else = Unwrap(v)
	return newCase[T](&x, s.c)
}

// SwitchOf is a CASE that compares one expression of type K with values, and
// whose own values are T in Go.
type SwitchOf[K, T any] struct {
	CaseOf[T]
	of Of[K]
}

// Switch is CASE x WHEN k THEN v END.
func Switch[K, T any](x Of[K], k K, v Of[T]) SwitchOf[K, T] {
	s := SwitchOf[K, T]{newCase[T](&Case{Of: Unwrap(x)}, v.Codec()), x}
	return s.When(k, v)
}

// When adds WHEN k THEN v.
func (s SwitchOf[K, T]) When(k K, v Of[T]) SwitchOf[K, T] {
	return SwitchOf[K, T]{s.branch(NewBind(s.of.Codec(), k), v), s.of}
}
