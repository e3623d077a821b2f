package orm

// UpdatedKeys are the keys of the entities that changed, in the order in which a
// flush finds them.
func UpdatedKeys(s *Session) []int64 {
	var keys []int64
	for _, st := range s.all() {
		if changed, err := st.dirty(); changed && err == nil {
			keys = append(keys, st.ikey)
		}
	}
	return keys
}

// HolderPlaces is how many places there are for sessions that hold entities.
func HolderPlaces() int {
	holders.Lock()
	defer holders.Unlock()
	return len(holders.places)
}

// Awake is of how many entities the session has states.
func Awake(s *Session) int { return len(s.states) }
