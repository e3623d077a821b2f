package orm

import "github.com/alkahest-go/alkahest/expr"

// Digest tells what the query reads from what others read: its conditions with
// their values, its joins and its order, and the criteria of the models and of the
// session. Two users whose sessions are restricted to what is theirs have two
// digests of one query. Nothing is sent.
func (q Query[T]) Digest(s *Session) (expr.Digest, error) {
	if err := s.enter(); err != nil {
		return expr.Digest{}, err
	}
	defer s.leave()
	m, from, err := q.mapper()
	if err != nil {
		return expr.Digest{}, err
	}
	defer s.freely(q.free)()
	stmt, err := s.restricted(q.statement(m, from), m.base)
	if err != nil {
		return expr.Digest{}, err
	}
	return expr.DigestOf(stmt)
}
