// Bahasa Indonesia.
import type { TextKey } from './english.ts';
import { indonesianAccess } from './indonesian-access.ts';
import { indonesianLimits } from './indonesian-limits.ts';
import { indonesianLog } from './indonesian-log.ts';
import { indonesianTls } from './indonesian-tls.ts';

/** The same texts in Indonesian. */
export const indonesian: Readonly<Record<TextKey, string>> = {
  ...indonesianAccess,
  ...indonesianLog,
  ...indonesianLimits,
  ...indonesianTls,
  // What the program is called by; `textsOf` may give another one.
  command: 'kentongan',
  'config.unknown': '{where}: tidak ada pengaturan seperti itu. Yang ada: {known}.',
  'config.bad.host':
    '{where}: "{value}" bukan alamat untuk mendengarkan. Berikan alamat IP atau nama host komputer ini.',
  'config.bad.port':
    '{where}: "{value}" bukan port. Berikan angka dari 0 (port bebas mana pun) sampai 65535.',
  'config.bad.data': '{where}: "{value}" bukan jalur direktori.',
  'config.bad.log': '{where}: "{value}" bukan jalur berkas.',
  'config.bad.log-private': '{where}: "{value}" bukan true maupun false.',
  'config.bad.log-size':
    '{where}: "{value}" bukan ukuran dari 64KiB sampai 1PiB, bukan pula 0 untuk ukuran bebas. Tulislah seperti 64MiB.',
  'config.bad.log-files': '{where}: "{value}" bukan angka dari 0 sampai 1000.',
  'config.bad.operator-log': '{where}: "{value}" bukan jalur berkas. "-" berarti keluaran galat (stderr).',
  'config.bad.operator-log-size':
    '{where}: "{value}" bukan ukuran dari 64KiB sampai 1PiB, bukan pula 0 untuk ukuran bebas. Tulislah seperti 64MiB.',
  'config.bad.operator-log-files': '{where}: "{value}" bukan angka dari 0 sampai 1000.',
  'config.bad.grace':
    '{where}: "{value}" bukan waktu dari 0 sampai 24h. Tulislah seperti 30s, 2m atau 500ms.',
  'config.bad.engine': '{where}: "{value}" bukan mesin penyimpanan. Berikan sqlite (di disk) atau memory.',
  'config.bad.retain': '{where}: "{value}" bukan ukuran dari 1MiB sampai 1024TiB. Tulislah seperti 64MiB.',
  'config.bad.retain-count': '{where}: "{value}" bukan angka dari 1 sampai 1000000000000.',
  'config.bad.retain-age':
    '{where}: "{value}" bukan waktu dengan satuan, dari 1s sampai 36500d. Tulislah seperti 30d, 12h atau 90m.',
  'config.bad.reserve': '{where}: "{value}" bukan ukuran dari 0 sampai 1024TiB. Tulislah seperti 64MiB.',
  'config.bad.quiet': '{where}: "{value}" bukan true maupun false.',
  'config.bad.lang': '{where}: server ini tidak berbicara bahasa "{value}". Berikan en atau id.',
  'config.unreadable':
    'Berkas konfigurasi {path} tidak dapat dibaca ({reason}). Periksa jalur setelah --config.',
  'config.toml': '{path}, baris {line}, kolom {column}: ini bukan TOML. {reason}',
  'config.same-file':
    'chat.log dan log operator tidak boleh berkas yang sama ({path}). Ubah --log atau --operator-log.',
  'start.data':
    'Direktori data {path} tidak dapat dipakai ({reason}). Pilih yang lain dengan --data, atau ubah izinnya.',
  'start.data-in-use':
    'Direktori data {path} sedang dipakai server yang berjalan. Hentikan server itu, atau pilih direktori lain dengan --data.',
  'start.data-in-use-by':
    'Direktori data {path} sedang dipakai server yang berjalan (proses {pid}). Hentikan server itu, atau pilih direktori lain dengan --data.',
  'start.log':
    'Log {path} tidak dapat ditulis ({reason}). Pilih berkas lain dengan {flag}, atau ubah izinnya.',
  'start.log-directory':
    'Log {path} tidak dapat ditulis: direktorinya tidak ada. Buat direktori itu, atau pilih berkas lain dengan {flag}.',
  'start.port-in-use':
    'Port {port} sudah dipakai di komputer ini. Hentikan program lain itu, atau pilih port lain dengan --port.',
  'start.port-forbidden':
    'Port {port} tidak boleh dipakai oleh pengguna ini. Pilih port di atas 1023 dengan --port.',
  'start.host':
    'Komputer ini tidak dapat mendengarkan di alamat {host} ({reason}). Berikan salah satu alamatnya sendiri dengan --host, atau kosongkan untuk semuanya.',
  'start.listen': 'Server tidak dapat mendengarkan di {host}, port {port} ({reason}).',
  'start.control':
    'Soket status {path} tidak dapat dibuat ({reason}). Pilih direktori data lain dengan --data.',
  'start.status-only':
    '"{command}" memerlukan server yang berjalan: tidak ada yang memakai direktori data {path}. Jalankan dengan "kentongan serve", atau sebutkan direktorinya dengan --data.',
  'control.failed': 'Server yang memakai {path} tidak menjawab ({reason}).',
  'control.refused': 'Server menolak: {reason}',
  'announce.no-room': 'Tidak ada ruang {room} di server ini. "kentongan status" menampilkan ruang-ruangnya.',
  'announce.too-long': 'Teks terlalu panjang. Paling banyak {limit} byte dapat diumumkan sekaligus.',
  'announce.empty': 'Tidak ada yang diumumkan: teksnya kosong.',
  'announce.done': 'Diumumkan di {room} sebagai #{seq}.',

  'serve.listening': 'Kentongan {version} mendengarkan di {host}, port {port}.',
  'serve.all-addresses': 'semua alamat',
  'serve.others': 'Yang lain di jaringan ini mengetik:',
  'serve.no-others': 'Komputer lain tidak dapat mencapai {host}; tanpa --host semuanya dapat.',
  'serve.no-network': 'Komputer ini tidak punya alamat jaringan: hanya penggunanya yang tersambung.',
  'serve.here': 'Di komputer ini:',
  'serve.chat-log': 'Log obrolan:  {path}',
  'serve.operator-log': 'Log operator: {path}',
  'serve.stderr': 'keluaran galat (stderr)',
  'serve.log': 'Pesan:        {path}',
  'serve.memory': 'Pesan disimpan di memori: hilang ketika server berhenti.',
  'serve.disk': 'Pesan disimpan di disk: tetap ada setelah mogok atau listrik padam.',
  'serve.storage-short': 'TIDAK ADA YANG DAPAT DISIMPAN: sisa disk {free} MiB, cadangannya {reserve} MiB.',
  'serve.storage-short.advice': 'Kosongkan ruang di disk, atau kurangi cadangan dengan --reserve.',
  'serve.log-private': 'Ruang pribadi juga ditulis ke log obrolan; semua orang diberi tahu.',
  'serve.stop': 'Ctrl+C menghentikan server.',
  'serve.stopping': 'Sedang berhenti. Sisa pesan sedang diantar; Ctrl+C lagi berhenti seketika.',
  'serve.stopped': 'Berhenti.',
  'serve.cut': 'Berhenti; sebagian pembaca belum menerima semuanya.',

  'event.joined': '{name} masuk ke {room} dari {address}',
  'event.left.left': '{name} keluar dari {room}',
  'event.left.lost': '{name} kehilangan sambungan dan keluar dari {room}',
  'event.left.ended': '{name} keluar dari {room}, yang sudah berakhir',
  'event.refused': '{address} ditolak: {fault}',
  'event.refused.named': '{name} ({address}) ditolak: {fault}',
  'event.refused.room': '{name} ({address}) ditolak di {room}: {fault}',
  'event.closed': '{name} ({address}) diputus: {fault}',
  'event.stranger': '{address} ditolak: tidak berbicara protokol ini',
  'event.no-place': '{address} ditolak: tidak ada tempat untuk sambungan lagi',
  'event.suppressed.refusals': '{count} penolakan lagi',
  'event.suppressed.visits': '{count} kejadian lagi: orang datang dan pergi',
  'event.suppressed.troubles': '{count} peringatan lagi seperti ini',
  'event.position-refused':
    '{name} memegang pesan {room} yang tidak ada di server ini (#{seq}). Apakah salinan data lama dipasang kembali?',
  'event.append-failed': 'Pesan {room} tidak dapat disimpan: {fault}',
  'event.defect': 'Cacat pada server menutup satu sambungan. Rinciannya ada di log operator.',
  'event.log-trouble':
    '{path} tidak dapat ditulis ({reason}). Obrolan tetap berjalan; barisnya menyusul setelah bisa ditulis lagi.',
  'event.log-position-lost':
    'Tidak diketahui pesan mana yang sudah ada di {path}: {count} pesan lama tidak ditulis, supaya tidak ada yang ganda. "kentongan log rebuild-chatlog" menulisnya kembali dengan lengkap.',
  'event.log-recovered': '{path} dapat ditulis lagi.',
  'event.announced': 'Diumumkan di {room} sebagai #{seq}.',
  'event.erased': '#{of} di {room} dihapus; #{seq} mencatatnya di sana.',
  'event.room-quarantined':
    '{room} ditutup karena log-nya rusak: ada {sessions} sambungan di dalamnya. Tidak ada yang dapat masuk lagi.',
  'event.listener-failed': 'Soket pendengar gagal: {reason}',
  'event.room-damaged':
    'LOG RUANG {room} RUSAK ({kind}): ruang itu ditutup, yang lain berjalan terus. "kentongan log verify" menjelaskan lebih lanjut.',
  'event.room-damaged.entries':
    'LOG RUANG {room} RUSAK (#{from} sampai #{to}, {kind}): ruang itu ditutup, yang lain berjalan terus. "kentongan log verify" menjelaskan lebih lanjut.',
  'event.storage-full':
    'DISK PENUH (tersisa {free} MiB): tidak ada yang disimpan sampai ada ruang, dan setiap pengirim diberi tahu.',
  'event.storage-recovered': 'Ada ruang lagi di disk: pesan disimpan.',
  'event.storage-failed':
    'DISK GAGAL ({reason}): tidak ada yang disimpan sampai server dijalankan lagi. Periksa disknya dahulu.',
  'event.mark-unreadable':
    'log.mark tidak terbaca untuk {rooms} ruang. Semuanya diperiksa seluruhnya; apakah pesan yang lebih baru hilang tidak dapat dipastikan.',
  'event.dropped': '{count} baris tidak ditampilkan: terminal tidak menerimanya.',

  'status.server': 'Kentongan {version}, proses {pid}, berjalan {uptime}',
  'status.listening': 'Mendengarkan:    {address}',
  'status.clients': 'Sambungan:       {sessions}, dari {users} pengguna',
  'status.durability.memory': 'Penyimpanan:     memori (hilang ketika server berhenti)',
  'status.durability.disk': 'Penyimpanan:     disk, {size} MiB; tersisa {free} MiB',
  'status.storage.full': 'DISK PENUH: tidak ada yang disimpan sampai ada ruang.',
  'status.storage.read-only': 'DISK GAGAL: tidak ada yang disimpan sampai server dijalankan lagi.',
  'status.damaged': 'RUSAK:           {room} ({kind})',
  'status.damaged.entries': 'RUSAK:           {room}, #{from} sampai #{to} ({kind})',
  'status.memory': 'Memori:          {rss} MiB, heap {heap} MiB, di jalan {flight} KiB',
  'status.loop': 'Event loop:      terlambat {p50} ms (median), {p99} ms (99 %), {max} ms (terburuk)',
  'status.heap': 'Heap hidup:      {live} MiB, dan {external} MiB di luarnya (sampah sudah dibuang)',
  'status.measured':
    'Dalam {span}:    terlambat {p50} ms (median), {p99} ms (99 %), {p999} ms (99,9 %), {p9999} ms (99,99 %), {max} ms (terburuk)',
  'status.refusals': 'Ditolak:         {list}',
  'status.chat-log': 'Log obrolan:     {path}, tertinggal {lag}',
  'status.chat-log-trouble': 'Log obrolan:     {path} TIDAK DAPAT DITULIS, tertinggal {lag}',
  'status.private': 'Ruang pribadi:   {count}',
  'status.room': 'Ruang',
  'status.members': 'Anggota',
  'status.held': 'Ditahan',
  'status.listeners': 'Pendengar',
  'status.newest': 'Terbaru',
  'status.lag': 'Yang terlambat tertinggal',

  'help.program': 'server Kentongan: obrolan untuk komputer-komputer di satu jaringan',
  'help.serve': 'menjalankan server',
  'help.status': 'menampilkan keadaan server di komputer ini',
  'help.announce': 'mengumumkan sesuatu ke sebuah ruang atas nama server',
  'help.host': 'alamat untuk mendengarkan (bawaan: semua alamat komputer ini)',
  'help.port': 'port untuk mendengarkan, 0 = port bebas mana pun (bawaan: {port})',
  'help.data': 'direktori data (bawaan: ./kentongan-data)',
  'help.log': 'yang dikatakan, satu baris masing-masing (bawaan: chat.log di direktori data)',
  'help.log-private': 'tulis juga ruang pribadi ke log obrolan; semua orang diberi tahu',
  'help.no-log-private': 'jangan (bawaan)',
  'help.log-size': 'ukuran satu berkas log obrolan sebelum berkas baru dimulai, 0 = bebas (bawaan: 64MiB)',
  'help.log-files': 'banyaknya berkas lama yang disimpan: chat.log.1 yang terbaru (bawaan: 10)',
  'help.operator-log':
    'yang terjadi, baris JSON; - = keluaran galat (bawaan: operator.log di direktori data)',
  'help.operator-log-size': 'ukuran satu berkasnya sebelum berkas baru dimulai, 0 = bebas (bawaan: 64MiB)',
  'help.operator-log-files': 'banyaknya berkas lama yang disimpan: operator.log.1 yang terbaru (bawaan: 10)',
  'help.grace': 'berapa lama tempat sambungan yang hilang dipegang (bawaan: 30s)',
  'help.engine': 'tempat ruang disimpan: sqlite = di disk, memory = tidak disimpan (bawaan: sqlite)',
  'help.retain': 'yang paling sedikit disimpan satu ruang (bawaan: semuanya; di memori 64MiB)',
  'help.retain-count': 'berapa entri paling sedikit disimpan satu ruang (bawaan: tanpa batas)',
  'help.retain-age': 'berapa lama satu ruang menyimpan entri, mis. 30d (bawaan: selamanya)',
  'help.reserve': 'jika ruang kosong di disk kurang dari ini, tidak ada yang disimpan (bawaan: 64MiB)',
  'help.ready': 'cetak satu baris berisi alamat sebenarnya begitu server mendengarkan; format: json',
  'help.quiet': 'cetak peringatan saja',
  'help.no-quiet': 'cetak semuanya (bawaan)',
  'help.config': 'pengaturan dari berkas TOML; opsi dan variabel lingkungan menang',
  'help.lang': 'bahasa pesan: en, id (bawaan: bahasa sistem)',
  'help.json': 'cetak JSON',
  'help.heap': 'buang sampah memori dahulu, lalu tampilkan sisanya; server berhenti sejenak',
  'help.measure':
    'ukur keterlambatan event loop setiap milidetik: selama waktu ini, atau sejak terakhir ditanyakan',
  'help.room': 'ruang yang dituju (bawaan: {room})',
  'help.text': 'yang diumumkan',
  'help.help': 'tampilkan bantuan ini',
  'help.version': 'tampilkan versi',
  'help.usage': 'Pemakaian:',
  'help.options': 'Opsi:',
  'help.commands': 'Perintah:',
  'help.arguments': 'Argumen:',
  'help.examples': 'Contoh:',
  'help.example.serve': 'semuanya bawaan',
  'help.example.port': 'port dan direktori data lain',
  'help.example.local': 'hanya untuk komputer ini',
  'help.example.lab': 'untuk lab sekolah, yang mengetik sebuah kode',
  'help.example.config': 'pengaturan dari berkas, mis. port = 7700',
  'help.example.ready': 'untuk skrip: port bebas mana pun, diberitahukan sebagai JSON',
  'help.example.status': 'untuk orang',
  'help.example.status-json': 'untuk program',
  'help.example.status-measure': 'ukur setengah menit, lalu tampilkan',
  'help.example.announce': 'ke semua orang di lobby',
  'help.example.announce-room': 'ke ruang lain',
  'help.settings':
    'Setiap opsi selain --config dan --ready juga kunci berkas, dan variabel: log-private = true, KENTONGAN_LOG_PRIVATE=true.',
  'help.signals':
    'SIGINT dan SIGTERM menghentikan server setelah yang dikatakan diantarkan; SIGHUP membuka log kembali, dan membaca ulang sertifikat dan kata sandi.',
  'usage.unknown-option': 'Tidak ada opsi {what}.',
  'usage.unknown-command': 'Tidak ada perintah {what}.',
  'usage.missing-argument': 'Ada yang kurang: {what}.',
  'usage.missing-value': 'Opsi {what} memerlukan nilai.',
  'usage.excess':
    'Ada lebih banyak kata daripada yang diterima perintah ini. Apit teks beberapa kata dengan tanda kutip.',
  'usage.ready': '--ready: "{value}" bukan format. Berikan json.',
  'usage.measure': '--measure: "{value}" bukan waktu dari 1ms sampai 1h. Tulislah seperti 30s.',
  'usage.other': '{what}',
  'usage.hint': '"kentongan {command}--help" menampilkan yang ada.',
};
