package template

import (
	"context"
	"encoding/json"
	"maps"
	"sync"
)

// CatalogStore is what a [Catalog] keeps its state in: records by key, each a JSON
// text that is the catalog's own to understand. One catalog at a time uses a store.
// [MemoryStore] and template/filestore implement it; a table of two columns does, too.
type CatalogStore interface {
	// Load returns all records.
	Load(ctx context.Context) (map[string]json.RawMessage, error)
	// Save puts records, or removes those that are nil: all of them or, with an
	// error, none. It returns when they would survive a crash.
	Save(ctx context.Context, changes map[string]json.RawMessage) error
}

// MemoryStore is a CatalogStore that lives as long as the program. The zero value is
// empty and ready.
type MemoryStore struct {
	mu      sync.Mutex
	records map[string]json.RawMessage
}

var _ CatalogStore = (*MemoryStore)(nil)

// Load implements CatalogStore.
func (s *MemoryStore) Load(context.Context) (map[string]json.RawMessage, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.records), nil
}

// Save implements CatalogStore.
func (s *MemoryStore) Save(_ context.Context, changes map[string]json.RawMessage) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.records == nil {
		s.records = make(map[string]json.RawMessage)
	}
	for key, record := range changes {
		if record == nil {
			delete(s.records, key)
			continue
		}
		s.records[key] = record
	}
	return nil
}
