//! Every damage is found, named by its place, and mended where it can be.

use super::*;

on_both_engines![
    a_missing_file_is_named_with_what_it_held,
    any_flipped_byte_of_any_file_is_found,
    a_truncated_file_is_found,
    a_catalogue_that_claims_what_is_not_so_is_found_and_mended,
    snapshots_and_the_head_that_contradict_each_other_are_found,
    rows_of_the_journal_that_are_gone_damaged_or_doubled_are_found,
    sessions_that_are_not_what_the_events_give_are_found_and_mended,
    counts_that_are_not_what_the_events_give_are_found_and_mended,
    orphans_are_found_and_removed,
    an_event_that_is_there_twice_is_found,
    a_store_that_no_longer_opens_is_mended_at_rest,
];

async fn a_missing_file_is_named_with_what_it_held(engine: Engine) {
    let home = Home::new(engine);
    let ledger = store_without_grace(&home).await;
    repair(&ledger).await;
    let before = shown(&ledger).await;
    for class in ["ended", "open", "counts"] {
        let path = current_file(&home, &ledger, class).await;
        std::fs::remove_file(&path).unwrap();
        let report = check(&ledger).await;
        let finding = only(&report, FindingKind::FileMissing);
        assert_eq!(finding.place.file, Some(below_lake(&home, &path)));
        assert_eq!((finding.severity, finding.repairable), (Severity::Wrong, true), "it is derived");
        let mended = ledger.fsck(&tenant(), &REPAIR).await.unwrap();
        assert!(mended.is_sound(), "{class}: {:#?}", told(&mended.findings));
        assert_eq!(only(&mended, FindingKind::FileMissing).severity, Severity::Harmless, "the snapshot before still has it");
        assert_eq!(shown(&ledger).await, before, "{class} was derived anew");
        ledger.expire().await.unwrap();
        assert_eq!(told(&check(&ledger).await.findings), [] as [String; 0]);
    }
    let path = current_file(&home, &ledger, "other").await;
    std::fs::remove_file(&path).unwrap();
    let report = check(&ledger).await;
    let finding = only(&report, FindingKind::FileMissing);
    assert_eq!(finding.place.file, Some(below_lake(&home, &path)));
    assert_eq!((finding.severity, finding.repairable), (Severity::Loss, false));
    let lost: i64 = report
        .findings
        .iter()
        .filter(|finding| finding.kind == FindingKind::SeqMissing)
        .map(|finding| finding.place.last_seq.unwrap() - finding.place.first_seq.unwrap() + 1)
        .sum();
    assert_eq!(lost, 20, "what was in the file, seq by seq");
    assert!(finding.place.first_time.is_some() && finding.place.first_seq.is_some());
    let unchanged = ledger.fsck(&tenant(), &REPAIR).await.unwrap();
    assert_eq!(unchanged.left, report.left, "events are not made up");
}

/// Numbers that look random, the same in every run.
fn scattered(count: usize, below: usize) -> impl Iterator<Item = usize> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    (0..count).map(move |_| {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        usize::try_from(state >> 33).unwrap() % below
    })
}

async fn any_flipped_byte_of_any_file_is_found(engine: Engine) {
    let home = Home::new(engine);
    let ledger = store_without_grace(&home).await;
    repair(&ledger).await;
    close(ledger).await;
    for class in ["access", "other", "ended", "open", "counts"] {
        let named = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().starts_with(class);
        let path = parquet_files(&home.path().join("lake")).into_iter().find(named).unwrap();
        let whole = std::fs::read(&path).unwrap();
        for (flip, at) in scattered(if engine == Engine::Sqlite { 12 } else { 4 }, whole.len()).enumerate() {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << (flip % 8);
            std::fs::write(&path, &bytes).unwrap();
            let report = at_rest(&home, &CHECK).await;
            let finding = only(&report, FindingKind::FileDamaged);
            assert_eq!(finding.place.file, Some(below_lake(&home, &path)), "byte {at} of {class}");
            assert!(!report.is_sound());
        }
        std::fs::write(&path, &whole).unwrap();
        assert_eq!(told(&at_rest(&home, &CHECK).await.findings), [] as [String; 0]);
    }
}

async fn a_truncated_file_is_found(engine: Engine) {
    let home = Home::new(engine);
    // Never sealed: what a crash of the machine leaves is found without.
    let ledger = store_without_grace(&home).await;
    close(ledger).await;
    for path in parquet_files(&home.path().join("lake")) {
        let whole = std::fs::read(&path).unwrap();
        for length in [0, 3, whole.len() / 2, whole.len() - 1] {
            std::fs::write(&path, &whole[..length]).unwrap();
            let finding = at_rest(&home, &CHECK).await;
            assert_eq!(only(&finding, FindingKind::FileDamaged).place.file, Some(below_lake(&home, &path)), "cut to {length} bytes");
        }
        let mut longer = whole.clone();
        longer.push(0);
        std::fs::write(&path, &longer).unwrap();
        only(&at_rest(&home, &CHECK).await, FindingKind::FileDamaged);
        std::fs::write(&path, &whole).unwrap();
    }
    assert!(at_rest(&home, &CHECK).await.is_sound());
}

async fn a_catalogue_that_claims_what_is_not_so_is_found_and_mended(engine: Engine) {
    let home = Home::new(engine);
    let ledger = store_without_grace(&home).await;
    repair(&ledger).await;
    let before = shown(&ledger).await;
    close(ledger).await;
    let file = |column: &str| {
        format!(
            "UPDATE ducklake_data_file SET {column} = {column} + 1 WHERE data_file_id = (SELECT min(data_file_id) FROM ducklake_data_file)"
        )
    };
    let statistics = |change: &str, column: i64| {
        format!(
            "UPDATE ducklake_file_column_stats SET {change} WHERE column_id = {column} AND data_file_id = (SELECT min(data_file_id) FROM ducklake_data_file)"
        )
    };
    let damages = [
        (file("record_count"), "rows"),
        (file("footer_size"), "footer"),
        (file("file_size_bytes"), "bytes"),
        (statistics("null_count = null_count + 1", 1), "missing values"),
        (statistics("value_count = value_count - 1", 1), "values"),
        (statistics("min_value = '99999'", 1), "smallest"),
        (statistics("max_value = '2026-04-15 00:00:00+00'", 4), "largest"),
        (statistics("column_size_bytes = 1", 6), "bytes"),
        ("DELETE FROM ducklake_file_column_stats WHERE column_id = 2".to_owned(), "statistics"),
        ("UPDATE ducklake_file_partition_value SET partition_value = '7' WHERE partition_key_index = 1".to_owned(), "claims"),
    ];
    for (damage, what) in &damages {
        assert!(sql(&home, damage).await > 0, "{damage}");
        let report = at_rest(&home, &CHECK).await;
        assert!(
            report.findings.iter().any(|finding| finding.kind == FindingKind::CatalogueWrong && finding.what.contains(what)),
            "{damage}: {:#?}",
            told(&report.findings)
        );
        let mended = at_rest(&home, &REPAIR).await;
        assert_eq!(told(&mended.findings), [] as [String; 0], "{damage}");
        assert!(mended.repaired.iter().any(|finding| finding.kind == FindingKind::CatalogueWrong));
    }
    for damage in ["record_count = record_count - 1", "file_size_bytes = 0", "next_row_id = 1"] {
        sql(&home, &format!("UPDATE ducklake_table_stats SET {damage}")).await;
        assert_eq!(kinds(&at_rest(&home, &CHECK).await), [FindingKind::TableStatsWrong], "{damage}");
        assert_eq!(told(&at_rest(&home, &REPAIR).await.findings), [] as [String; 0]);
    }
    sql(&home, "UPDATE rollcall_source SET events = events + 1 WHERE source = 'wfm'").await;
    let report = at_rest(&home, &CHECK).await;
    assert_eq!(only(&report, FindingKind::SourceWrong).place.source.as_deref(), Some("wfm"));
    assert_eq!(told(&at_rest(&home, &REPAIR).await.findings), [] as [String; 0]);
    let ledger = open(&home).await;
    assert_eq!(shown(&ledger).await, before);
    append(&ledger, vec![activity(990, 2_100)]).await;
    assert!(check(&ledger).await.is_sound(), "the next commit goes on from what was mended");
}

async fn snapshots_and_the_head_that_contradict_each_other_are_found(engine: Engine) {
    let home = Home::new(engine);
    let ledger = store_without_grace(&home).await;
    repair(&ledger).await;
    close(ledger).await;
    let damages = [
        (
            "UPDATE rollcall_tenant SET next_seq = next_seq + 5",
            "UPDATE rollcall_tenant SET next_seq = next_seq - 5",
            FindingKind::SeqMissing,
        ),
        (
            "UPDATE rollcall_tenant SET next_seq = next_seq - 2",
            "UPDATE rollcall_tenant SET next_seq = next_seq + 2",
            FindingKind::HeadWrong,
        ),
        (
            "UPDATE rollcall_tenant SET next_seq = 4611686018427387904 + next_seq",
            "UPDATE rollcall_tenant SET next_seq = next_seq - 4611686018427387904",
            FindingKind::SeqMissing,
        ),
        (
            "UPDATE rollcall_tenant SET archived_seq = archived_seq - 1",
            "UPDATE rollcall_tenant SET archived_seq = archived_seq + 1",
            FindingKind::HeadWrong,
        ),
        (
            "UPDATE rollcall_archive SET archived_seq = archived_seq - 3",
            "UPDATE rollcall_archive SET archived_seq = archived_seq + 3",
            FindingKind::SnapshotWrong,
        ),
        (
            "UPDATE rollcall_tenant SET snapshot_id = snapshot_id + 90",
            "UPDATE rollcall_tenant SET snapshot_id = snapshot_id - 90",
            FindingKind::HeadWrong,
        ),
        (
            "UPDATE ducklake_snapshot SET next_file_id = 1",
            "UPDATE ducklake_snapshot SET next_file_id = 1000000",
            FindingKind::SnapshotWrong,
        ),
        (
            "UPDATE ducklake_data_file SET row_id_start = 0 WHERE row_id_start > 0",
            "UPDATE ducklake_data_file SET row_id_start = data_file_id * 1000",
            FindingKind::RowIdsOverlap,
        ),
    ];
    for (damage, undo, kind) in damages {
        sql(&home, damage).await;
        let report = at_rest(&home, &CHECK).await;
        assert!(has(&report, kind), "{damage}: {:#?}", told(&report.findings));
        assert!(!report.is_sound());
        sql(&home, undo).await;
    }
    sql(&home, "INSERT INTO rollcall_lease VALUES ('default', 1, 3, 9000000000000000)").await;
    let report = at_rest(&home, &CHECK).await;
    assert_eq!(only(&report, FindingKind::LeaseBroken).severity, Severity::Harmless);
    let mended = at_rest(&home, &REPAIR).await;
    assert!(!has(&mended, FindingKind::LeaseBroken), "{:#?}", told(&mended.findings));
}

async fn rows_of_the_journal_that_are_gone_damaged_or_doubled_are_found(engine: Engine) {
    let home = Home::new(engine);
    let ledger = store_without_grace(&home).await;
    repair(&ledger).await;
    close(ledger).await;
    let whole = journal_row(&home).await;
    let set = |bytes: &[u8]| {
        let batch = literal(engine, bytes);
        format!("UPDATE rollcall_journal SET batch = {batch} WHERE first_seq = (SELECT min(first_seq) FROM rollcall_journal)")
    };
    for cut in [0, 1, whole.len() / 3, whole.len() / 2, whole.len() - 40] {
        sql(&home, &set(&whole[..cut])).await;
        let report = at_rest(&home, &CHECK).await;
        let finding = only(&report, FindingKind::JournalRowDamaged);
        assert_eq!((finding.place.first_seq, finding.place.last_seq), (Some(93), Some(94)), "cut to {cut} bytes");
    }
    sql(&home, &set(&whole)).await;
    assert_eq!(told(&at_rest(&home, &CHECK).await.findings), [] as [String; 0]);
    sql(&home, "UPDATE rollcall_journal SET next_seq = next_seq + 1 WHERE first_seq = 95").await;
    only(&at_rest(&home, &CHECK).await, FindingKind::JournalRowDamaged);
    sql(&home, "UPDATE rollcall_journal SET next_seq = next_seq - 1 WHERE first_seq = 95").await;
    sql(&home, "INSERT INTO rollcall_journal SELECT tenant, 94, 96, batch, NULL FROM rollcall_journal WHERE first_seq = 93").await;
    let report = at_rest(&home, &CHECK).await;
    assert!(has(&report, FindingKind::JournalOverlap), "{:#?}", told(&report.findings));
    sql(&home, "DELETE FROM rollcall_journal WHERE first_seq = 94").await;
    sql(&home, "DELETE FROM rollcall_journal WHERE first_seq = 93").await;
    let report = at_rest(&home, &REPAIR).await;
    let finding = only(&report, FindingKind::SeqMissing);
    assert_eq!((finding.place.first_seq, finding.place.last_seq), (Some(93), Some(94)));
}

/// Writes a file of a class anew with other rows, and tells the catalogue its length: what only a faulty
/// program does.
async fn falsify(home: &Home, class: &str, change: impl Fn(&RecordBatch) -> RecordBatch) -> PathBuf {
    let named = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().starts_with(class);
    let rows =
        |path: &PathBuf| ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap().metadata().file_metadata().num_rows();
    let path = parquet_files(&home.path().join("lake")).into_iter().filter(named).max_by_key(rows).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(&path).unwrap()).unwrap().with_batch_size(100_000).build().unwrap();
    let batches: Vec<RecordBatch> = reader.map(|batch| change(&batch.unwrap())).collect();
    let mut writer = ArrowWriter::try_new(File::create(&path).unwrap(), batches[0].schema(), None).unwrap();
    batches.iter().for_each(|batch| writer.write(batch).unwrap());
    writer.close().unwrap();
    let bytes = std::fs::metadata(&path).unwrap().len();
    let name = path.file_name().unwrap().to_str().unwrap();
    sql(home, &format!("UPDATE ducklake_data_file SET file_size_bytes = {bytes} WHERE path LIKE '%{name}'")).await;
    sql(home, "DELETE FROM rollcall_digest").await;
    path
}

/// A batch with another column.
fn with_column(batch: &RecordBatch, name: &str, column: ArrayRef) -> RecordBatch {
    let mut columns = batch.columns().to_vec();
    columns[batch.schema().index_of(name).unwrap()] = column;
    RecordBatch::try_new(batch.schema(), columns).unwrap()
}

/// Some rows of a batch.
fn rows(batch: &RecordBatch, rows: impl IntoIterator<Item = u64>) -> RecordBatch {
    take_record_batch(batch, &UInt64Array::from_iter_values(rows)).unwrap()
}

async fn sessions_that_are_not_what_the_events_give_are_found_and_mended(engine: Engine) {
    let home = Home::new(engine);
    let ledger = store_without_grace(&home).await;
    repair(&ledger).await;
    let before = shown(&ledger).await;
    close(ledger).await;
    let another_brand =
        |batch: &RecordBatch| with_column(batch, "brand", Arc::new(StringViewArray::from(vec!["forged"; batch.num_rows()])));
    let one_gone = |batch: &RecordBatch| rows(batch, 1..batch.num_rows() as u64);
    let one_twice = |batch: &RecordBatch| rows(batch, std::iter::once(0).chain(0..batch.num_rows() as u64));
    let another_agent =
        |batch: &RecordBatch| with_column(batch, "account", Arc::new(StringViewArray::from(vec!["nobody"; batch.num_rows()])));
    let another_order = |batch: &RecordBatch| rows(batch, (0..batch.num_rows() as u64).rev());
    let another_key = |batch: &RecordBatch| with_column(batch, "session_key", batch.column_by_name("login_event_id").unwrap().clone());
    type Change<'a> = &'a dyn Fn(&RecordBatch) -> RecordBatch;
    let falsifications: [(&str, Change<'_>, &[FindingKind]); 8] = [
        ("ended", &another_brand, &[FindingKind::SessionDifferent]),
        ("open", &another_brand, &[FindingKind::SessionDifferent]),
        ("ended", &one_gone, &[FindingKind::SessionMissing]),
        ("ended", &one_twice, &[FindingKind::SessionRepeated]),
        ("ended", &another_agent, &[FindingKind::SessionMissing, FindingKind::SessionUnfounded]),
        ("ended", &another_order, &[FindingKind::RowsMisplaced]),
        ("ended", &another_key, &[FindingKind::SessionMissing, FindingKind::SessionUnfounded]),
        ("open", &another_key, &[FindingKind::SessionMissing, FindingKind::SessionUnfounded]),
    ];
    for (class, change, expected) in falsifications {
        let path = falsify(&home, class, change).await;
        let report = at_rest(&home, &CHECK_IN_PASSES).await;
        for kind in expected {
            let of_kind: Vec<&Finding> = report.findings.iter().filter(|finding| finding.kind == *kind).collect();
            assert!(!of_kind.is_empty(), "{class}, {kind}: {:#?}", told(&report.findings));
            for finding in of_kind {
                assert!((finding.place.session_key.is_some() || *kind == FindingKind::RowsMisplaced) && finding.repairable);
                let named = finding.place.file.clone();
                assert!(*kind == FindingKind::SessionMissing || named == Some(below_lake(&home, &path)), "{finding}");
            }
        }
        let mended = at_rest(&home, &REPAIR_IN_PASSES).await;
        assert!(mended.is_sound(), "{class}, {expected:?}: {:#?}", told(&mended.findings));
        let ledger = reopen(&home).await;
        assert_eq!(shown(&ledger).await, before, "{class}, {expected:?}");
        close(ledger).await;
    }
}

async fn counts_that_are_not_what_the_events_give_are_found_and_mended(engine: Engine) {
    let home = Home::new(engine);
    let ledger = store_without_grace(&home).await;
    repair(&ledger).await;
    close(ledger).await;
    let one_more = |batch: &RecordBatch| {
        let events = batch.column_by_name("events").unwrap().as_primitive::<Int64Type>();
        with_column(batch, "events", Arc::new(Int64Array::from_iter_values(events.values().iter().map(|events| events + 1))))
    };
    falsify(&home, "counts", one_more).await;
    let report = at_rest(&home, &CHECK).await;
    let finding = only(&report, FindingKind::CountsWrong);
    assert!(finding.repairable && finding.place.first_time.is_some(), "{finding}");
    assert_eq!(told(&at_rest(&home, &REPAIR).await.findings), [] as [String; 0]);
}

async fn orphans_are_found_and_removed(engine: Engine) {
    let home = Home::new(engine);
    let ledger = store(&home).await;
    repair(&ledger).await;
    let real = current_file(&home, &ledger, "access").await;
    let orphan = real.with_file_name("access-00000000-0000-7000-8000-000000000000.parquet");
    let foreign = real.with_file_name("notes.txt");
    std::fs::copy(&real, &orphan).unwrap();
    std::fs::write(&foreign, "not ours").unwrap();
    let report = check(&ledger).await;
    let finding = only(&report, FindingKind::Orphan);
    assert_eq!(finding.place.file, Some(below_lake(&home, &orphan)));
    assert!(report.is_sound(), "nobody sees it");
    let mended = repair(&ledger).await;
    assert_eq!(mended.repaired.len(), 1);
    assert!(!orphan.exists() && foreign.exists() && real.exists());
}

async fn an_event_that_is_there_twice_is_found(engine: Engine) {
    let home = Home::new(engine);
    let ledger = store_without_grace(&home).await;
    close(ledger).await;
    // Events of one moment, all of them under the first one's id.
    let one_id = |batch: &RecordBatch| {
        let ids = batch.column_by_name("event_id").unwrap();
        with_column(batch, "event_id", take(ids, &UInt64Array::from(vec![0; batch.num_rows()]), None).unwrap())
    };
    at_rest(&home, &REPAIR).await;
    falsify(&home, "other", one_id).await;
    let report = at_rest(&home, &CHECK).await;
    let finding = only(&report, FindingKind::EventRepeated);
    assert_eq!((finding.severity, finding.repairable), (Severity::Loss, false));
    // Every row once more, under the seqs of the others.
    let doubled = |batch: &RecordBatch| rows(batch, (0..batch.num_rows() as u64).flat_map(|row| [row, row]));
    falsify(&home, "access", doubled).await;
    let report = at_rest(&home, &CHECK).await;
    let repeated = report.findings.iter().find(|finding| finding.kind == FindingKind::SeqRepeated).unwrap();
    assert!(repeated.place.file.as_ref().unwrap().contains("/access-"), "{repeated}");
}

async fn a_store_that_no_longer_opens_is_mended_at_rest(engine: Engine) {
    let home = Home::new(engine);
    let ledger = store_without_grace(&home).await;
    let before = shown(&ledger).await;
    let open_file = current_file(&home, &ledger, "open").await;
    close(ledger).await;
    std::fs::write(&open_file, "not Parquet").unwrap();
    Ledger::open(home.options()).await.unwrap_err();
    let report = at_rest(&home, &CHECK).await;
    assert!(only(&report, FindingKind::FileDamaged).repairable);
    let mended = at_rest(&home, &REPAIR).await;
    assert!(mended.is_sound(), "{:#?}", told(&mended.findings));
    let ledger = reopen(&home).await;
    assert_eq!(shown(&ledger).await, before);
    assert_eq!(told(&check(&ledger).await.findings), [] as [String; 0]);
    let unknown = TenantId::new("north").unwrap();
    assert!(ledger.fsck(&unknown, &CHECK).await.is_err());
    close(ledger).await;
    fsck_at_rest(home.options(), Some(&unknown), &CHECK).await.unwrap_err();
}
