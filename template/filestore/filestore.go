// Package filestore keeps the state of a template.Catalog in a folder, so that it
// survives the program and the machine.
//
// The folder holds a journal, to which each change is appended as one line with its
// checksum, and synced before it counts. When most of the journal is outdated, a new
// one is written beside it, synced, and renamed over it; nothing else is ever
// rewritten. So a crash at any moment leaves all that was acknowledged, and at most
// one change more.
//
// One process at a time has a folder, kept by a lock that ends with the process.
package filestore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"sync"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

// The files in the folder.
const (
	journalName = "catalog.journal"
	newName     = "catalog.journal.new" // on its way to become the journal
	lockName    = "lock"
)

// Store is a folder that a catalog is kept in. Make one with [Open]. It is safe for
// concurrent use.
type Store struct {
	dir  string
	lock *os.File
	// step is told of each step before it is taken; tests crash there. Nil is no one.
	step func(step string, f *os.File, data []byte)

	mu      sync.Mutex
	records map[string]json.RawMessage
	journal *os.File // nil once it is closed
	lines   int      // in the journal
	// stale is true when what is in the journal behind the last change that counts
	// is not known: then the next change writes a new one.
	stale bool
}

var _ template.CatalogStore = (*Store)(nil)

// Open takes a folder, makes it if there is none, and reads what is in there. One
// that another process or Store has is dockerhv.ErrConflict, one that a newer version
// of this package wrote a *template.VersionError, and a damaged one
// dockerhv.ErrIntegrity: nothing is changed then. A last change that a crash cut off
// was never acknowledged, and is dropped.
func Open(dir string) (*Store, error) { return open(dir, nil) }

func open(dir string, step func(string, *os.File, []byte)) (*Store, error) {
	s := &Store{dir: dir, step: step}
	if err := s.open(); err != nil {
		if s.lock != nil {
			_ = s.lock.Close()
		}
		return nil, fail("open catalog store", dir, err)
	}
	return s, nil
}

func (s *Store) open() (err error) {
	if err := s.makeDir(filepath.Clean(s.dir)); err != nil {
		return err
	}
	if s.lock, err = lock(s.path(lockName)); err != nil {
		return err
	}
	if err := os.Remove(s.path(newName)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	data, err := os.ReadFile(s.path(journalName))
	switch {
	case errors.Is(err, os.ErrNotExist):
		s.stale = true
	case err != nil:
		return err
	default:
		read, err := readJournal(s.path(journalName), data)
		if err != nil {
			return err
		}
		s.records, s.lines, s.stale = read.records, read.lines, read.cutOff
	}
	if s.stale || s.wasteful() {
		return s.rewrite(s.records)
	}
	s.journal, err = os.OpenFile(s.path(journalName), os.O_WRONLY|os.O_APPEND, 0o600)
	return err
}

// makeDir makes a folder, and its entry in its parent durable.
func (s *Store) makeDir(dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	parent := filepath.Dir(dir)
	if parent != dir {
		if err := s.makeDir(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return s.syncDir(parent)
}

// Load implements template.CatalogStore.
func (s *Store) Load(context.Context) (map[string]json.RawMessage, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.journal == nil {
		return nil, fail("load catalog", s.dir, errClosed)
	}
	return maps.Clone(s.records), nil
}

// Save implements template.CatalogStore. After an error it is not known whether the
// changes are in the folder, and the next Save makes sure that they are not.
func (s *Store) Save(ctx context.Context, changes map[string]json.RawMessage) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := ctx.Err()
	if err == nil {
		err = s.save(changes)
	}
	if err != nil {
		return fail("save catalog", s.dir, err)
	}
	return nil
}

func (s *Store) save(changes map[string]json.RawMessage) error {
	switch {
	case s.journal == nil:
		return errClosed
	case len(changes) == 0:
		return nil
	case s.stale || s.wasteful():
		records := maps.Clone(s.records)
		apply(records, changes)
		return s.rewrite(records)
	}
	line, err := encodeLine(changes)
	if err != nil {
		return err
	}
	s.stale = true // until it is all there
	if err := s.write(s.journal, line); err != nil {
		return err
	}
	if err := s.sync(s.journal); err != nil {
		return err
	}
	s.stale = false
	s.lines++
	apply(s.records, changes)
	return nil
}

// apply makes changes to records.
func apply(records, changes map[string]json.RawMessage) {
	for key, record := range changes {
		if record == nil {
			delete(records, key)
			continue
		}
		records[key] = record
	}
}

// Close gives the folder to others. What was saved is there already.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.journal == nil {
		return nil
	}
	err := errors.Join(s.journal.Close(), s.lock.Close())
	s.journal = nil
	return err
}

func (s *Store) path(name string) string { return filepath.Join(s.dir, name) }

var errClosed = fmt.Errorf("the store is closed: %w", dockerhv.ErrConflict)

// fail says what failed, with the class that a caller can act on.
func fail(op, dir string, err error) error {
	e := &dockerhv.Error{Op: op, ID: dir, Err: err}
	switch {
	case errors.Is(err, os.ErrPermission):
		e.Class, e.Next = dockerhv.ErrDenied, "give this process the folder"
	case errors.Is(err, dockerhv.ErrIntegrity):
		e.Next = "restore the folder from a copy"
	}
	return e
}
