/*
 * The write protocol: writers, the merge script, and what happens to Redis and to the way there.
 *
 * Two writers send three batches each, of one recording each. What is not a fault may happen at any time and any number of times: a
 * request or a reply is lost, a request arrives late, a writer is frozen, one of its batches grows too old to be sent again, it
 * closes, a copy of Redis is taken. Faults change what Redis holds or forget what a writer knows; there are at most FAULTS of them.
 *
 * -DFAULTS=n         faults, 2 by default
 * -DDELAYS=n         requests that arrive after their connection broke, 1 by default
 * -DWITHOUT_<GUARD>  the protocol without one of its guards; the guards are listed in docs/model.md
 * -DWITHOUT_LIMITS   also what docs/model.md names as limits counts as a failure
 * -DONLY_PROPERTY=n the property of this number alone
 * -DONLY_KEYS        faults only remove internal keys
 * -DWITH_FLUSHALL, -DWITH_BACK  with ONLY_KEYS: FLUSHALL, or going back to a copy, too
 * -DWITHOUT_REMOVALS faults remove no single keys
 * -DSHORTEST         for a search breadth first (pan -DBFS)
 */

#ifndef FAULTS
#define FAULTS 2
#endif

/* A search breadth first, for the shortest trace, does not know variables that are hidden. */
#ifdef SHORTEST
#define TEMPORARY
#else
#define TEMPORARY hidden
#endif

/* Requests that arrive late. */
#ifndef DELAYS
#define DELAYS 1
#endif

#define WRITERS 2
#define BATCHES 3
#define NONE 7

/* Where a batch is: in the queue and never acknowledged, or acknowledged before; acknowledged and kept, or only counted; dropped or
   lost; dropped by close(); of a process that was killed. packages/redis-metrics/src/delivery/batch.ts, acknowledged-batches.ts */
#define WAITING 0
#define AGAIN 1
#define KEPT 2
#define COUNTED 3
#define GONE 4
#define CLOSED 5
#define PAST 6

/* Replies of the merge script: packages/redis-metrics/src/delivery/merge-answer.ts */
#define APPLIED 1
#define DUPLICATE 2
#define GAP 3
#define UNKNOWN 4
#define DATASET 5

/* What a series holds of a batch. */
#define ABSENT 0
#define ONCE 1
#define EVICTED 2

typedef Keys {
  unsigned ledger : 3;
  unsigned ledgerRefused : 1;
  unsigned mark : 3;
  unsigned note : 3;
  unsigned markRefused : 1;
  unsigned data : 6 /* two bits for each batch */
};

typedef Database {
  unsigned dataset : 4;
  unsigned revision : 7;
  unsigned live : 1;
  unsigned era : 3; /* not in Redis: which data these really are */
  Keys keys[WRITERS]
};

typedef Writer {
  unsigned status : 9; /* three bits for each batch */
  unsigned flushedOf : 3; /* whether Redis accepted the batch, one bit for each */
  unsigned refusedOf : 3; /* AcknowledgedBatches.#refused */
  unsigned inDoubt : 3; /* Batch.isInDoubt */
  unsigned dataset : 4;
  unsigned revision : 7;
  unsigned resumesAfter : 3;
  unsigned held : 3; /* AcknowledgedBatches.#held */
  unsigned first : 2; /* the first batch of this process */
  unsigned isExpired : 1; /* BatchSender.#isLedgerExpired */
  /* stats() */
  unsigned flushed : 3;
  unsigned lost : 3;
  unsigned doubted : 3;
  unsigned refused : 3;
  /* not in the writer, for the properties */
  unsigned isUnsure : 1; /* ledger and mark were gone while the data may stand: what is lost may be in Redis */
  unsigned expired : 3; /* batches that expired with their series, one bit for each */
  unsigned isOpening : 1; /* ledger and mark were removed while a call was on its way that begins a ledger */
  unsigned isLateStart : 1; /* a late request was the first call to reach new data */
  unsigned era : 9 /* the era in which each batch was acknowledged, three bits for each */
};

/* A request that is still on its way after its connection broke. */
typedef Late {
  unsigned batch : 3;
  unsigned writer : 1;
  unsigned dataset : 4;
  unsigned revision : 7;
  unsigned resumesAfter : 3;
  unsigned note : 3
};

Database redis, copy;
Writer writer[WRITERS];
Late late;
unsigned faults : 3 = FAULTS;
unsigned delays : 2 = DELAYS;
unsigned datasets : 4;
unsigned eras : 3;
unsigned restarts : 2; /* of the revision */

/* Of one step only, so not part of the state. */
/* The call. */
TEMPORARY byte i, knownDataset, knownRevision, resumes, ownNote, isRefusing, isLate;
/* The reply. */
TEMPORARY byte n, ds, noted, notedRefused, kind, replyNote, replyRevision, replyRefused, at, count, inData, evicted, out;
TEMPORARY byte isGone, hasNote;
TEMPORARY int lost, change;

/* Numbered as in docs/model.md. Limits that it names are not held against the protocol. */
#define PROPERTY(number, condition) if :: (condition) || !IS_CHECKED(number) :: else -> printf("! %d\n", number); assert(false) fi
#ifdef ONLY_PROPERTY
#define IS_CHECKED(number) (number == ONLY_PROPERTY)
#else
#define IS_CHECKED(number) true
#endif
#ifdef WITHOUT_LIMITS
#define IS_LIMIT(flag) false
#else
#define IS_LIMIT(flag) (flag)
#endif

#define BITS(word, i, width) (((word) >> ((i) * (width))) & ((1 << (width)) - 1))
#define SET_BITS(word, i, width, value) word = (((word) & ~(((1 << (width)) - 1) << ((i) * (width)))) | ((value) << ((i) * (width))))
#define STATUS(w, i) BITS(writer[w].status, i, 3)
#define SET_STATUS(w, i, value) SET_BITS(writer[w].status, i, 3, value)
#define DATA(w, i) BITS(redis.keys[w].data, i, 2)
#define SET_DATA(w, i, value) SET_BITS(redis.keys[w].data, i, 2, value)
#define FLUSHED(w, i) BITS(writer[w].flushedOf, i, 1)
#define QUEUED(w, i) (STATUS(w, i) <= AGAIN)
#define FIRST(w) (QUEUED(w, 0) -> 0 : (QUEUED(w, 1) -> 1 : (QUEUED(w, 2) -> 2 : BATCHES)))
#define NUMBER(w, i) ((i) - writer[w].first + 1)
#define NOTE(w, i) (writer[w].held + (STATUS(w, i) == AGAIN -> FLUSHED(w, i) : 1))

/* lua/merge/ledger.lua: no_trace */
inline noTrace() {
#ifdef WITHOUT_REVISION
  isGone = true;
#else
#ifdef WITHOUT_SERIES_CHECK
  isGone = redis.revision == 0 || redis.revision < knownRevision;
#else
  if
  :: redis.revision == 0 -> isGone = !redis.live
  :: else -> isGone = redis.revision < knownRevision
  fi
#endif
#endif
}

/* lua/merge: ledger.lua, apply.lua, indexes.lua, for a call with batch i of writer w. */
inline script(w) {
  n = NUMBER(w, i);
  ds = redis.dataset;
  noted = redis.keys[w].ledger;
  notedRefused = redis.keys[w].ledgerRefused;
#ifndef WITHOUT_MARK
  if
  :: noted == 0 -> noted = redis.keys[w].mark; notedRefused = redis.keys[w].markRefused
  :: else
  fi;
#endif
  replyRefused = 0; replyRevision = 0; isGone = false; hasNote = false; replyNote = 0;
  if
#ifndef WITHOUT_DATASET
  :: knownDataset != 0 && knownDataset != ds && noted == 0 ->
    kind = DATASET;
    noTrace()
#endif
  :: else ->
    if
    :: ds == 0 ->
      if
      :: noted != 0 && knownDataset != 0 -> ds = knownDataset
      :: else -> assert(datasets < 15); datasets++; ds = datasets
      fi;
      redis.dataset = ds
    :: else
    fi;
    if
#ifndef WITHOUT_LEDGER_CHECK
    :: n <= noted ->
      kind = DUPLICATE;
      if
      :: n == noted ->
#ifndef WITHOUT_REFUSALS
        replyRefused = notedRefused;
#endif
#ifndef WITHOUT_RENEWAL
        redis.keys[w].ledger = n; redis.keys[w].ledgerRefused = notedRefused;
        redis.keys[w].mark = n; redis.keys[w].markRefused = notedRefused; redis.keys[w].note = ownNote
#endif
      :: else
      fi;
#ifndef WITHOUT_REPEATED_REVISION
      replyRevision = redis.revision
#endif
#endif
#ifndef WITHOUT_ORDER
#ifdef WITHOUT_RESUME_CHECK
    :: n > noted + 1 && resumes != noted ->
#else
    :: n > noted && ((resumes == NONE && n > noted + 1) || (resumes != NONE && resumes != noted)) ->
#endif
      if
      :: noted == 0 -> kind = UNKNOWN; noTrace()
      :: else ->
        kind = GAP;
#ifndef WITHOUT_NOTE
        if
        :: redis.keys[w].mark == noted -> hasNote = true; replyNote = redis.keys[w].note
        :: else
        fi
#endif
      fi
#endif
    :: else ->
      kind = APPLIED;
      redis.keys[w].ledger = n; redis.keys[w].ledgerRefused = isRefusing;
      redis.keys[w].mark = n; redis.keys[w].markRefused = isRefusing; redis.keys[w].note = ownNote;
      replyRefused = isRefusing;
      if
      :: redis.era == 0 -> assert(eras < 7); eras++; redis.era = eras
      :: else
      fi;
      if
        :: !isRefusing ->
        /* No batch counts twice. */
        PROPERTY(1, DATA(w, i) != ONCE || IS_LIMIT(writer[w].isOpening));
        /* What close() counted as not written is not written. */
        PROPERTY(2, STATUS(w, i) != CLOSED);
        /* What was acknowledged is not written to newer data: all was deleted on purpose, or this is another server. */
        if
        :: noted == 0 && isLate && knownDataset == 0 -> writer[w].isLateStart = 1
        :: else
        fi;
        PROPERTY(3, BITS(writer[w].era, i, 3) == 0 || BITS(writer[w].era, i, 3) >= redis.era || IS_LIMIT(writer[w].isLateStart));
        SET_DATA(w, i, ONCE);
        if
#ifndef WITHOUT_SERIES_CHECK
        :: redis.revision == 0 && redis.live ->
          restarts++; redis.revision = 16 * restarts
#endif
        :: else -> redis.revision++
        fi;
        redis.live = 1
      :: else
      fi;
      replyRevision = redis.revision
    fi
  fi
}

/* BatchSender.#countAsLost */
inline countAsLost(w) {
  change = (lost >= 0 - writer[w].lost -> lost : 0 - writer[w].lost);
  assert(writer[w].flushed >= change);
  writer[w].flushed = writer[w].flushed - change;
  writer[w].lost = writer[w].lost + change
}

/* AcknowledgedBatches.#takeKept, and the batches go before the queue */
inline takeKept(w, after) {
  for (at : 0 .. BATCHES - 1) {
    if
    :: STATUS(w, at) == KEPT && NUMBER(w, at) > after ->
      SET_STATUS(w, at, AGAIN);
      writer[w].held = writer[w].held - FLUSHED(w, at)
    :: else
    fi
  }
}

/* BatchSender.#dropInDoubt */
inline dropInDoubt(w) {
  for (at : 0 .. BATCHES - 1) {
    if
    :: QUEUED(w, at) && BITS(writer[w].inDoubt, at, 1) ->
      if
      :: STATUS(w, at) == WAITING -> writer[w].doubted++
      :: else ->
        if
        :: FLUSHED(w, at) -> writer[w].flushed--; writer[w].doubted++
        :: else
        fi
      fi;
      SET_BITS(writer[w].inDoubt, at, 1, 0);
      SET_STATUS(w, at, GONE)
    :: else
    fi
  }
}

/* AcknowledgedBatches.#forget: the oldest batches are no longer kept. They may grow old earlier; only here it matters. */
inline growOld(w, old) {
  count = old;
  for (at : 0 .. BATCHES - 1) {
    if
    :: count > 0 && STATUS(w, at) == KEPT -> count--; SET_STATUS(w, at, COUNTED)
    :: else
    fi
  }
}

inline growYoung(w) {
  for (at : 0 .. BATCHES - 1) {
    if
    :: STATUS(w, at) == COUNTED -> SET_STATUS(w, at, KEPT)
    :: else
    fi
  }
}

/* BatchSender.#accept, for the reply that script() left. */
inline accept(w) {
  if
  :: kind == APPLIED || kind == DUPLICATE ->
    writer[w].dataset = ds;
    if
    :: replyRevision != 0 -> writer[w].revision = replyRevision
    :: else
    fi;
    writer[w].resumesAfter = NONE;
    writer[w].isExpired = 0;
    SET_BITS(writer[w].inDoubt, i, 1, 0);
    /* Batch.acknowledge */
    if
    :: STATUS(w, i) == AGAIN && FLUSHED(w, i) -> writer[w].flushed--
    :: STATUS(w, i) == AGAIN && !FLUSHED(w, i) -> writer[w].refused--
    :: else
    fi;
    if
    :: replyRefused -> writer[w].refused++; SET_BITS(writer[w].flushedOf, i, 1, 0)
    :: else -> writer[w].flushed++; SET_BITS(writer[w].flushedOf, i, 1, 1)
    fi;
    /* AcknowledgedBatches.add */
    SET_STATUS(w, i, KEPT);
    writer[w].held = writer[w].held + FLUSHED(w, i);
    if
    :: replyRefused -> SET_BITS(writer[w].refusedOf, i, 1, 1)
    :: else ->
#ifndef WITHOUT_FORGOTTEN_REFUSALS
      SET_BITS(writer[w].refusedOf, i, 1, 0)
#endif
    fi;
    SET_BITS(writer[w].era, i, 3, redis.era)
  :: kind == GAP ->
#ifdef WITHOUT_LASTING_DOUBT
    SET_BITS(writer[w].inDoubt, i, 1, 0);
#endif
    /* AcknowledgedBatches.rollBackTo */
    takeKept(w, noted);
    lost = 0;
    for (at : 0 .. BATCHES - 1) {
      if
      :: STATUS(w, at) == COUNTED && NUMBER(w, at) > noted -> lost = lost + FLUSHED(w, at); SET_STATUS(w, at, GONE)
      :: else
      fi
    }
    if
    :: hasNote -> lost = writer[w].held - replyNote + BITS(writer[w].refusedOf, writer[w].first + noted - 1, 1)
    :: else
    fi;
    assert(writer[w].held >= lost);
    writer[w].held = writer[w].held - lost;
    writer[w].resumesAfter = noted;
    countAsLost(w)
  :: else ->
#ifdef WITHOUT_DOUBT
    isGone = isGone;
#else
    if
    :: !isGone || writer[w].isExpired -> dropInDoubt(w)
    :: else
    fi;
#endif
#ifdef WITHOUT_LASTING_DOUBT
    SET_BITS(writer[w].inDoubt, i, 1, 0);
#endif
    if
    :: writer[w].isExpired ->
      /* AcknowledgedBatches.clear: the series have expired, too, and are not lost */
      writer[w].held = 0;
      for (at : 0 .. BATCHES - 1) {
        if
        :: STATUS(w, at) == KEPT || STATUS(w, at) == COUNTED -> SET_STATUS(w, at, GONE)
        :: else
        fi
      }
    :: else
    fi;
    if
    :: !isGone -> writer[w].isUnsure = 1
    :: else
    fi;
    lost = writer[w].held;
    if
    :: kind == UNKNOWN && isGone ->
      /* AcknowledgedBatches.rollBackToStart */
      takeKept(w, 0);
      lost = writer[w].held;
      for (at : 0 .. BATCHES - 1) {
        if
        :: STATUS(w, at) == COUNTED -> SET_STATUS(w, at, GONE)
        :: else
        fi
      }
    :: else ->
      /* BatchSender.#sendNothingAgain */
      writer[w].dataset = ds;
      for (at : 0 .. BATCHES - 1) {
        if
        :: STATUS(w, at) == AGAIN -> lost = lost + FLUSHED(w, at); SET_STATUS(w, at, GONE); SET_BITS(writer[w].inDoubt, at, 1, 0)
        :: STATUS(w, at) == KEPT || STATUS(w, at) == COUNTED -> SET_STATUS(w, at, GONE)
        :: else
        fi
      }
    fi;
    writer[w].held = 0;
    writer[w].resumesAfter = 0;
    countAsLost(w)
  fi
}

/* What stats() says, once the writer has seen what Redis holds. */
inline check(w) {
  count = writer[w].flushed + writer[w].lost + writer[w].doubted + writer[w].refused;
  inData = 0; evicted = 0; out = writer[w].flushed; n = 0;
  for (at : 0 .. BATCHES - 1) {
    if
    :: at < writer[w].first
    :: else ->
      n++;
      if
      :: STATUS(w, at) == WAITING -> count++
      :: STATUS(w, at) == AGAIN -> out = out - FLUSHED(w, at)
      :: else -> inData = inData + (DATA(w, at) == ONCE); evicted = evicted + (DATA(w, at) == EVICTED || (DATA(w, at) == ABSENT && BITS(writer[w].expired, at, 1)))
      fi
    fi
  }
  /* recorded = flushed + pending + dropped */
  PROPERTY(4, count == n);
  /* What is counted as flushed is in Redis. */
  PROPERTY(5, out <= inData + evicted);
  /* What is counted as lost is not. */
  PROPERTY(6, IS_LIMIT(writer[w].isUnsure) || inData <= out + writer[w].doubted)
}

/* How many batches there are to grow too old, when that makes a difference. */
#define IS_KEPT(w, i) (STATUS(w, i) == KEPT)
#define KEPT_OF(w) (IS_KEPT(w, 0) + IS_KEPT(w, 1) + IS_KEPT(w, 2))
#define IS_BEHIND(w) (FIRST(w) < BATCHES && redis.keys[w].ledger + 1 < NUMBER(w, FIRST(w)))

inline call(w, refuses, isAnswered, old) {
  d_step {
    FIRST(w) < BATCHES && (!refuses || faults > 0) && (old == 0 || (IS_BEHIND(w) && KEPT_OF(w) >= old)) ->
    i = FIRST(w);
    knownDataset = writer[w].dataset; knownRevision = writer[w].revision; resumes = writer[w].resumesAfter;
    ownNote = NOTE(w, i); isRefusing = refuses; isLate = 0;
    script(w);
    if
    :: refuses && kind == APPLIED -> faults--
    :: else
    fi;
    if
    :: isAnswered -> growOld(w, old); accept(w); growYoung(w); check(w)
    :: else -> SET_BITS(writer[w].inDoubt, i, 1, 1)
    fi;
    printf("@ %d call %d %d %d %d %d %d %d\n", w, i, kind, isAnswered, noted, isGone, old, refuses);
    settle()
  }
}

/* The connection breaks while the request is on its way; it arrives later, or never. */
inline delay(w) {
  d_step {
    delays > 0 && FIRST(w) < BATCHES ->
    delays--;
    i = FIRST(w);
    late.batch = i; late.writer = w; late.dataset = writer[w].dataset; late.revision = writer[w].revision;
    late.resumesAfter = writer[w].resumesAfter; late.note = NOTE(w, i);
    SET_BITS(writer[w].inDoubt, i, 1, 1);
    printf("@ %d delay %d\n", w, i);
    settle()
  }
}

inline forgetLate() {
  late.batch = NONE; late.writer = 0; late.dataset = 0; late.revision = 0; late.resumesAfter = 0; late.note = 0
}

inline arrive(w) {
  d_step {
    late.batch != NONE && late.writer == w ->
    i = late.batch;
    knownDataset = late.dataset; knownRevision = late.revision; resumes = late.resumesAfter;
    ownNote = late.note; isRefusing = 0; isLate = 1;
    script(w);
    forgetLate();
    printf("@ %d arrive %d %d\n", w, i, kind);
    settle()
  }
}

/* BatchSender.abandon, after close() */
inline close(w) {
  d_step {
    FIRST(w) < BATCHES ->
    dropInDoubt(w);
    lost = 0;
    for (at : 0 .. BATCHES - 1) {
      if
      :: STATUS(w, at) == WAITING -> SET_STATUS(w, at, CLOSED)
      :: STATUS(w, at) == AGAIN -> lost = lost + FLUSHED(w, at); SET_STATUS(w, at, GONE)
      :: else
      fi
    }
    countAsLost(w);
    printf("@ %d close\n", w);
    settle()
  }
}

inline clear(db) {
  db.dataset = 0; db.revision = 0; db.live = 0; db.era = 0;
  for (at : 0 .. WRITERS - 1) {
    db.keys[at].ledger = 0; db.keys[at].ledgerRefused = 0;
    db.keys[at].mark = 0; db.keys[at].markRefused = 0; db.keys[at].note = 0; db.keys[at].data = 0
  }
}

inline copyTo(to, from) {
  to.dataset = from.dataset; to.revision = from.revision; to.live = from.live; to.era = from.era;
  for (at : 0 .. WRITERS - 1) {
    to.keys[at].ledger = from.keys[at].ledger; to.keys[at].ledgerRefused = from.keys[at].ledgerRefused;
    to.keys[at].mark = from.keys[at].mark; to.keys[at].markRefused = from.keys[at].markRefused; to.keys[at].note = from.keys[at].note;
    to.keys[at].data = from.keys[at].data
  }
}

#define SAME_KEYS(w) (redis.keys[w].ledger == copy.keys[w].ledger && redis.keys[w].mark == copy.keys[w].mark && \
  redis.keys[w].note == copy.keys[w].note && redis.keys[w].data == copy.keys[w].data && \
  redis.keys[w].ledgerRefused == copy.keys[w].ledgerRefused && redis.keys[w].markRefused == copy.keys[w].markRefused)
#define SAME (redis.dataset == copy.dataset && redis.revision == copy.revision && redis.live == copy.live && \
  redis.era == copy.era && SAME_KEYS(0) && SAME_KEYS(1))

/* A writer without a queue sends nothing more, and nothing reads its keys. */
inline finish(w) {
  if
  :: FIRST(w) == BATCHES && (late.batch == NONE || late.writer != w) ->
    writer[w].status = 438; /* three times PAST */
    writer[w].flushedOf = 0; writer[w].refusedOf = 0; writer[w].inDoubt = 0; writer[w].dataset = 0; writer[w].revision = 0;
    writer[w].resumesAfter = NONE; writer[w].held = 0; writer[w].first = 0; writer[w].isExpired = 0;
    writer[w].flushed = 0; writer[w].lost = 0; writer[w].doubted = 0; writer[w].refused = 0;
    writer[w].isUnsure = 0; writer[w].expired = 0; writer[w].isLateStart = 0; writer[w].isOpening = 0; writer[w].era = 0;
    redis.keys[w].ledger = 0; redis.keys[w].ledgerRefused = 0;
    redis.keys[w].mark = 0; redis.keys[w].markRefused = 0; redis.keys[w].note = 0; redis.keys[w].data = 0
  :: else
  fi
}

/* Nothing reads the copy after the last fault. */
#define SHOW(w) printf("= %d %d %d %d %d %d %d %d %d %d %d %d %d\n", w, redis.keys[w].ledger, redis.keys[w].mark, redis.keys[w].data, \
  writer[w].flushed, writer[w].lost, writer[w].doubted, writer[w].refused, redis.dataset, redis.revision, redis.live, \
  writer[w].status, writer[w].first)

inline settle() {
#ifdef SHORTEST
  SHOW(0); SHOW(1);
  i = 0; knownDataset = 0; knownRevision = 0; resumes = 0; ownNote = 0; isRefusing = 0; isLate = 0;
  n = 0; ds = 0; noted = 0; notedRefused = 0; kind = 0; replyNote = 0; replyRevision = 0; replyRefused = 0;
  count = 0; inData = 0; evicted = 0; out = 0; isGone = 0; hasNote = 0;
  lost = 0; change = 0;
#endif
  if
  :: faults == 0 ->
    clear(copy);
    finish(0);
    finish(1)
  :: else
  fi;
  at = 0
}

/* What Redis goes back to: a snapshot, the part of the append-only file that is on disk, a replica that lags. */
inline takeCopy() {
  d_step {
    faults > 0 && redis.era != 0 && !SAME ->
    copyTo(copy, redis);
    printf("@ - copy\n");
    settle()
  }
}

/* Newer data come back, and the number in them is what the writer expects or an unanswered one: then no reply says that what was
   counted as lost is there again. A limit that docs/model.md names. */
inline comeForward(w) {
  if
  :: FIRST(w) < BATCHES && writer[w].lost > 0 && copy.keys[w].ledger + 1 >= NUMBER(w, FIRST(w)) ->
    writer[w].isUnsure = 1
  :: else
  fi
}

inline goBack() {
  d_step {
    faults > 0 && !SAME ->
    faults--;
    comeForward(0);
    comeForward(1);
    copyTo(redis, copy);
    printf("@ - back\n");
    settle()
  }
}

/* Redis goes back, and what it held may come back in its turn. */
TEMPORARY Database other;
inline exchange() {
  d_step {
    faults > 1 && !SAME ->
    faults--;
    comeForward(0);
    comeForward(1);
    copyTo(other, redis);
    copyTo(redis, copy);
    copyTo(copy, other);
    clear(other);
    printf("@ - exchange\n");
    settle()
  }
}

inline flushAll() {
  d_step {
    faults > 0 && redis.era != 0 ->
    faults--;
    clear(redis);
    printf("@ - flushall\n");
    settle()
  }
}

#define REMOVE_KEY(field, kind) d_step { \
    faults > 0 && redis.field != 0 -> \
    faults--; \
    redis.field = 0; \
    printf("@ - remove %d\n", kind); \
    settle() \
  }

/* A call that begins a ledger is applied where there is none: a limit that docs/model.md names. */
#define BEGINS(w, i, resumes) (NUMBER(w, i) == 1 || (resumes) == 0)
inline loseTrace(w) {
  if
  :: redis.keys[w].ledger == 0 && redis.keys[w].mark == 0 && (
      (FIRST(w) < BATCHES && BITS(writer[w].inDoubt, FIRST(w), 1) && BEGINS(w, FIRST(w), writer[w].resumesAfter)) ||
      (late.batch != NONE && late.writer == w && BEGINS(w, late.batch, late.resumesAfter))) ->
    writer[w].isOpening = 1
  :: else
  fi
}

inline removeLedger(w) {
  d_step {
    faults > 0 && redis.keys[w].ledger != 0 ->
    faults--;
    redis.keys[w].ledger = 0; redis.keys[w].ledgerRefused = 0;
    loseTrace(w);
    printf("@ %d remove ledger\n", w);
    settle()
  }
}

inline removeMark(w) {
  d_step {
    faults > 0 && redis.keys[w].mark != 0 ->
    faults--;
    redis.keys[w].mark = 0; redis.keys[w].markRefused = 0; redis.keys[w].note = 0;
    loseTrace(w);
    printf("@ %d remove mark\n", w);
    settle()
  }
}

inline evictSeries(w) {
  for (at : 0 .. BATCHES - 1) {
    if
    :: DATA(w, at) == ONCE -> SET_DATA(w, at, EVICTED)
    :: else
    fi
  }
}

inline removeSeries(w) {
  d_step {
    faults > 0 && redis.keys[w].data != 0 ->
    faults--;
    evictSeries(w);
    printf("@ %d remove series\n", w);
    settle()
  }
}

/* A writer writes nothing for a week: its ledger, its mark and its series expire. */
inline passWeek(w) {
  d_step {
    faults > 0 && redis.keys[w].data != 0 && writer[w].dataset != 0 ->
    faults--;
    evictSeries(w);
    redis.keys[w].ledger = 0; redis.keys[w].ledgerRefused = 0;
    redis.keys[w].mark = 0; redis.keys[w].markRefused = 0; redis.keys[w].note = 0;
    copy.keys[w].ledger = 0; copy.keys[w].ledgerRefused = 0; copy.keys[w].data = 0;
    copy.keys[w].mark = 0; copy.keys[w].markRefused = 0; copy.keys[w].note = 0;
    for (at : 0 .. BATCHES - 1) {
      if
      :: STATUS(w, at) == KEPT || STATUS(w, at) == AGAIN ->
        SET_STATUS(w, at, GONE);
        SET_BITS(writer[w].expired, at, 1, 1)
      :: else
      fi
    }
    writer[w].isExpired = 1;
    if
    :: late.writer == w -> forgetLate()
    :: else
    fi;
    printf("@ %d week\n", w);
    settle()
  }
}

/* The process is killed, and another one records what is left, under an incarnation of its own. */
inline kill(w) {
  d_step {
    faults > 0 && FIRST(w) < BATCHES && writer[w].first == 0 && FIRST(w) + 1 < BATCHES ->
    faults--;
    writer[w].first = FIRST(w) + 1;
    for (at : 0 .. BATCHES - 1) {
      if
      :: at < writer[w].first -> SET_STATUS(w, at, PAST)
      :: else -> SET_STATUS(w, at, WAITING)
      fi
    }
    writer[w].flushedOf = 0; writer[w].refusedOf = 0; writer[w].inDoubt = 0; writer[w].dataset = 0; writer[w].revision = 0;
    writer[w].resumesAfter = NONE; writer[w].held = 0; writer[w].isExpired = 0;
    writer[w].flushed = 0; writer[w].lost = 0; writer[w].doubted = 0; writer[w].refused = 0;
    writer[w].isUnsure = 0; writer[w].isOpening = 0;
    if
    :: late.writer == w -> forgetLate()
    :: else
    fi;
#ifndef WITHOUT_INCARNATION
    /* Other keys. Those of the killed process stay, and nobody reads them. */
    redis.keys[w].ledger = 0; redis.keys[w].ledgerRefused = 0;
    redis.keys[w].mark = 0; redis.keys[w].markRefused = 0; redis.keys[w].note = 0;
    copy.keys[w].ledger = 0; copy.keys[w].ledgerRefused = 0;
    copy.keys[w].mark = 0; copy.keys[w].markRefused = 0; copy.keys[w].note = 0;
#endif
    printf("@ %d kill\n", w);
    settle()
  }
}

init {
  d_step {
    writer[0].resumesAfter = NONE; writer[1].resumesAfter = NONE;
    late.batch = NONE
  }
  do
  :: call(0, 0, 1, 0)
  :: call(0, 0, 1, 1)
  :: call(0, 0, 1, 2)
  :: call(1, 0, 1, 0)
  :: call(1, 0, 1, 1)
  :: call(1, 0, 1, 2)
  :: call(0, 0, 0, 0)
  :: call(1, 0, 0, 0)
  :: delay(0)
  :: delay(1)
  :: arrive(0)
  :: arrive(1)
#ifndef WITHOUT_REMOVALS
  :: removeLedger(0)
  :: removeLedger(1)
  :: removeMark(0)
  :: removeMark(1)
  :: REMOVE_KEY(dataset, 1)
  :: REMOVE_KEY(revision, 2)
  :: REMOVE_KEY(live, 3)
#endif
#ifdef WITH_FLUSHALL
  :: flushAll()
#endif
#ifdef WITH_BACK
  :: takeCopy()
  :: goBack()
#endif
#ifndef ONLY_KEYS
  :: call(0, 1, 1, 0)
  :: call(1, 1, 1, 0)
  :: call(0, 1, 0, 0)
  :: call(1, 1, 0, 0)
  :: close(0)
  :: close(1)
  :: takeCopy()
  :: goBack()
  :: exchange()
  :: flushAll()
  :: removeSeries(0)
  :: removeSeries(1)
  :: passWeek(0)
  :: passWeek(1)
  :: kill(0)
  :: kill(1)
#endif
  od
}
