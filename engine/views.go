package engine

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// viewed returns the server as statements see it whose schemas are translated:
// one with caches of its own over the same pools.
func (s *server) viewed(schemas map[string]string) *server {
	if s.origin != nil {
		s = s.origin
	}
	if len(schemas) == 0 {
		return s
	}
	var key strings.Builder
	for _, from := range slices.Sorted(maps.Keys(schemas)) {
		if to := schemas[from]; to != from {
			key.WriteString(strconv.Quote(from) + strconv.Quote(to))
		}
	}
	if key.Len() == 0 {
		return s
	}
	s.viewMu.Lock()
	defer s.viewMu.Unlock()
	if v, ok := s.views.get(key.String()); ok {
		return v
	}
	rules := *s.rules
	rules.Schemas = maps.Clone(schemas)
	v := &server{origin: s, dialect: s.dialect, caps: s.caps, rules: &rules, write: s.write, read: s.read, begins: map[TxOptions][]string{}}
	v.cache.limit, v.plans.limit = s.cache.limit, s.plans.limit
	s.views.limit = viewLimit
	s.views.put(key.String(), v)
	return v
}

// viewLimit is how many translations of schemas keep their caches.
const viewLimit = 256
