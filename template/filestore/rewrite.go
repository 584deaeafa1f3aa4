package filestore

import (
	"encoding/json"
	"errors"
	"os"
)

// slack is how many lines of a journal may be outdated, however few records there are.
const slack = 1000

// wasteful tells whether most of the journal is outdated.
func (s *Store) wasteful() bool { return s.lines > 2*len(s.records)+slack }

// rewrite puts a new journal of just these records in the place of the old one. Until
// it is known to be there for good, the old records are those that count, and what
// asked for it, stale or wasteful, goes on asking.
func (s *Store) rewrite(records map[string]json.RawMessage) error {
	data, lines, err := encodeJournal(records)
	if err != nil {
		return err
	}
	f, err := s.writeNew(data)
	if err != nil {
		return err
	}
	if s.journal != nil {
		_ = s.journal.Close() // its name is the new one's already
	}
	s.journal = f
	if err := s.syncDir(s.dir); err != nil {
		return err
	}
	if records == nil {
		records = make(map[string]json.RawMessage)
	}
	s.records, s.lines, s.stale = records, lines, false
	return nil
}

// writeNew writes a journal, and renames it once it is all on the disk.
func (s *Store) writeNew(data []byte) (*os.File, error) {
	s.before("create", nil, nil)
	f, err := os.OpenFile(s.path(newName), os.O_WRONLY|os.O_CREATE|os.O_TRUNC|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	err = s.write(f, data)
	if err == nil {
		err = s.sync(f)
	}
	if err == nil {
		s.before("rename", nil, nil)
		err = os.Rename(s.path(newName), s.path(journalName))
	}
	if err != nil {
		return nil, errors.Join(err, f.Close(), os.Remove(s.path(newName)))
	}
	return f, nil
}

func (s *Store) write(f *os.File, data []byte) error {
	s.before("write", f, data)
	_, err := f.Write(data)
	return err
}

func (s *Store) sync(f *os.File) error {
	s.before("sync", f, nil)
	return f.Sync()
}

// syncDir makes the names in a folder durable.
func (s *Store) syncDir(dir string) error {
	s.before("sync folder", nil, nil)
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func (s *Store) before(step string, f *os.File, data []byte) {
	if s.step != nil {
		s.step(step, f, data)
	}
}
