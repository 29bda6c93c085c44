package postgres

import "sync"

// Memory is what a process remembers by a key: the last thousands, or so, that it
// came across. What it has may be wrong at any time, which is for the database to
// tell: see [Claim].
type Memory[K comparable, V any] struct {
	mu         sync.Mutex
	most       int      // that are young
	young, old map[K]*V // when young is full it becomes old, and old is forgotten
}

// NewMemory returns one of twice as many values at most, the older of which are
// forgotten together.
func NewMemory[K comparable, V any](most int) *Memory[K, V] {
	return &Memory[K, V]{most: most, young: make(map[K]*V)}
}

// Recall is nil for what isn't known.
func (m *Memory[K, V]) Recall(key K) *V {
	m.mu.Lock()
	defer m.mu.Unlock()
	if known := m.young[key]; known != nil {
		return known
	}
	known := m.old[key]
	if known != nil {
		m.keep(key, known)
	}
	return known
}

// Learn remembers a value, which is not changed any more.
func (m *Memory[K, V]) Learn(key K, known *V) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.keep(key, known)
}

// keep needs the lock.
func (m *Memory[K, V]) keep(key K, known *V) {
	if len(m.young) >= m.most {
		m.young, m.old = make(map[K]*V), m.young
	}
	m.young[key] = known
}

// Forget forgets a value.
func (m *Memory[K, V]) Forget(key K) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.young, key)
	delete(m.old, key)
}
